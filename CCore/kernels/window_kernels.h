// The place in the table of correlations of row-major planes with several channels: few images, few channels of a group.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CC_WINDOWS_MOST_TAPS = 256 };

/// Planes that are copied with their padding around them, split by the stride: pixel (y, x) of a padded plane is at (y / stride,
/// x / stride) of the image of all pixels with the same remainders. So the pixels under one tap of all windows, row after
/// row, are one run of memory: it begins at offset[tap] and has for each row of results `pitch` elements, of which out_width
/// are windows and the others mean nothing. A convolution is the product of its weights and these runs.
typedef struct {
  int32_t channels;
  int32_t in_height, in_width, out_height, out_width;
  int32_t kernel_height, kernel_width;
  int64_t stride_height, stride_width, dilation_height, dilation_width;
  int64_t pad_top, pad_left;           // negative if x is cropped
  int64_t phases_height, phases_width; // remainders that occur
  int64_t rows, pitch;                 // of the image of each
  size_t plane_floats;                 // of a padded channel
  size_t offset[CC_WINDOWS_MOST_TAPS];
} cc_windows;

/// Floats of all padded channels, and of what is read past the last: a multiple of 16.
static inline size_t cc_windows_floats(const cc_windows *w) {
  return ((size_t)w->channels * w->plane_floats + 31) / 16 * 16;
}

static inline int64_t cc_windows_smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// Sets what follows from the sizes.
static inline void cc_windows_layout(cc_windows *w) {
  const int64_t down = (w->kernel_height - 1) * w->dilation_height, across = (w->kernel_width - 1) * w->dilation_width;
  w->phases_height = cc_windows_smaller(w->stride_height, down + 1);
  w->phases_width = cc_windows_smaller(w->stride_width, across + 1);
  w->rows = w->out_height + down / w->stride_height;
  w->pitch = w->out_width + across / w->stride_width;
  w->plane_floats = (size_t)(w->phases_height * w->phases_width * w->rows * w->pitch);
  for (int64_t tap = 0; tap < w->kernel_height * w->kernel_width; tap++) {
    const int64_t y = tap / w->kernel_width * w->dilation_height, x = tap % w->kernel_width * w->dilation_width;
    const int64_t image = y % w->stride_height * w->phases_width + x % w->stride_width;
    w->offset[tap] = (size_t)((image * w->rows + y / w->stride_height) * w->pitch + x / w->stride_width);
  }
}

/// Elements of a run.
static inline size_t cc_windows_columns(const cc_windows *w) { return (size_t)((w->out_height - 1) * w->pitch + w->out_width); }

typedef struct {
  /// x: channels × in_height × in_width -> the padded planes.
  void (*pad)(const cc_windows *w, const float *x, float *padded);

  /// y[o] (out_height × out_width, y_plane floats apart) = bias[o] + weights[o] (channels · taps) · runs. bias: or NULL.
  void (*correlate)(const cc_windows *w, const float *padded, const float *weights, const float *bias, size_t outputs, float *y,
                    size_t y_plane);

  /// A plane of dy -> a run, 0 where it means nothing, and up to a multiple of 16.
  void (*spread)(const cc_windows *w, const float *dy, float *run);

  /// dw (outputs × channels · taps) += dy · runs, transposed; dy: runs, dy_run floats apart.
  void (*weight_gradient)(const cc_windows *w, const float *padded, const float *dy, size_t dy_run, size_t outputs, float *dw);
} cc_window_kernels;
