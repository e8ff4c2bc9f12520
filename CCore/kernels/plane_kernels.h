// The place in the table of kernels on single row-major planes: depthwise convolution and pooling of a few images.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Windows over a plane that is copied with its padding around it, each row split by the stride: pixel (y, x) of the padded
/// plane lies at y · row_floats + x mod stride_width · phase_floats + x / stride_width. So the pixels under one tap of
/// neighbouring windows lie side by side, and no tap is outside.
typedef struct {
  int32_t in_height, in_width, out_height, out_width;
  int32_t kernel_height, kernel_width;
  int64_t stride_height, stride_width, dilation_height, dilation_width;
  int64_t pad_top, pad_left;  // negative if x is cropped
  int64_t spacing_height, spacing_width;  // x's pixels are so far apart, with padding between; more than 1 at stride 1 only
  int64_t rows;               // of the padded plane
  size_t phase_floats, row_floats;
} cc_plane_windows;

enum { CC_PLANE_MOST_KERNEL_WIDTH = 32 };

/// Sets the sizes of the padded plane, which follow from the others; its floats.
static inline size_t cc_plane_layout(cc_plane_windows *w) {
  w->rows = (w->out_height - 1) * w->stride_height + (w->kernel_height - 1) * w->dilation_height + 1;
  int64_t reach = (w->kernel_width - 1) * w->dilation_width / w->stride_width;
  w->phase_floats = (size_t)(((w->out_width + 15) / 16 * 16 + reach + 15) / 16 * 16);  // rows begin at cache lines
  w->row_floats = w->phase_floats * (size_t)w->stride_width;
  return (size_t)w->rows * w->row_floats;
}

/// Scratch memory of average_gradient: the sums of the windows over one row of x, zeros before them and up to `places`, and
/// that padded row.
typedef struct {
  size_t before, places, floats;
} cc_plane_spread;

static inline cc_plane_spread cc_plane_spread_of(const cc_plane_windows *w) {
  const size_t before = (size_t)((w->kernel_width - 1) / w->stride_width + 15) / 16 * 16;
  const size_t places = (size_t)((w->pad_left + w->in_width - 1) / w->stride_width + 16) / 16 * 16;
  return (cc_plane_spread){before, places, before + places + places * (size_t)w->stride_width};
}

typedef struct {
  /// x: in_height × in_width -> the padded plane; outside: what padding holds.
  void (*pad)(const cc_plane_windows *w, const float *x, float outside, float *padded);

  /// y[r][q] = bias + Σ over i, j of weights[i · kernel_width + j] · window(r, q)[i][j].
  void (*correlate)(const cc_plane_windows *w, const float *padded, const float *weights, float bias, float *y);

  /// dw[i · kernel_width + j] += Σ over r, q of dy[r][q] · window(r, q)[i][j].
  void (*weight_gradient)(const cc_plane_windows *w, const float *padded, const float *dy, float *dw);

  /// As cc_max_pool_forward, of a plane padded with −∞; winner may be NULL.
  void (*max_pool)(const cc_plane_windows *w, const float *padded, bool rectifies, float *y, uint16_t *winner);

  /// As cc_average_pool_forward, of a plane padded with zeros.
  void (*average_pool)(const cc_plane_windows *w, const float *padded, float *y);

  /// As cc_average_pool_backward, of some planes: window (r, q) adds row_share[r] · column_share[q] · dy[r][q] to each of its
  /// pixels. column_share: whole vectors; scratch: cc_plane_spread_of(w).floats.
  void (*average_gradient)(const cc_plane_windows *w, size_t planes, const float *row_share, const float *column_share,
                           const float *dy, float *scratch, float *dx);
} cc_plane_kernels;
