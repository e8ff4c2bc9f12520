// 2-D max and average pooling and their gradients. float32 in both layouts, float64 row-major.
#pragma once
#include "ccore.h"

typedef struct {
  int32_t batch, channels, in_height, in_width;
  int32_t kernel_height, kernel_width;  // kernel_height · kernel_width at most 65,535
  int32_t stride_height, stride_width;
  int32_t pad_height, pad_width;        // on both sides, at most half the kernel
  bool rectifies;                       // max pooling of max(x, 0)
  bool ceils;                           // the output size is rounded up: the last windows may hang over
  bool excludes_padding;                // average pooling divides by the pixels inside the image
  int32_t divisor;                      // average pooling divides by this; 0: by the window's size
} cc_pool_shape;

/// The winner of a window whose gradient goes nowhere: its largest element is not above 0 and the pool rectifies.
enum { CC_NO_WINNER = UINT16_MAX };

/// floor((size + 2·pad − kernel) / stride) + 1, or ceil(…) + 1 but for windows that would begin in the padding after the
/// image; CC_BAD_SHAPE as in conv.h.
cc_status cc_pool_output_size(const cc_pool_shape *shape, int32_t *out_height, int32_t *out_width);

/// y: the largest element of each window; padding never wins, the first of equal elements wins, NaN wins over all.
///
/// winner: per output element the position i · kernel_width + j of the winner in its window, in y's layout;
/// NULL if no gradient will be asked for.
cc_status cc_max_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *x, void *y,
                              uint16_t *winner);

/// dx: overwritten; where windows overlap the gradients are added in window order.
cc_status cc_max_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const uint16_t *winner,
                               const void *dy, void *dx);

/// y: the mean of each window. Padding counts as zeros (PyTorch's default), what hangs over it does not count.
cc_status cc_average_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *x,
                                  void *y);

/// dx: overwritten.
cc_status cc_average_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *dy,
                                   void *dx);
