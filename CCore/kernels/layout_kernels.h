// The layout kernels' place in the table.
#pragma once
#include <stddef.h>

/// Features [begin, end) of one image block between [images][features] and [features][16]; begin is a multiple of 16.
/// images: 1 to 16 that exist in the row-major array.
typedef void (*cc_layout_kernel)(size_t images, size_t features, size_t begin, size_t end, const float *x, float *y);

typedef struct {
  cc_layout_kernel interleave;    // lanes past `images` become 0
  cc_layout_kernel deinterleave;
} cc_layout_kernels;
