// The convolution kernels' place in the table. All sizes are of one group and one block of 16 images; x, y, dx and dy
// are [channel][row][column][16].
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// y[o][r][q] = bias[o] + Σ over c, i, j of w[o][c][i][j] · x[c][r·stride_height + i·dilation_height − pad_top][…],
/// where taps outside x count as zeros (and cost nothing).
///
/// Forward convolution is one of these, and so is each stride phase of backward-data: y is then every stride-th
/// pixel of dx and the taps are every so-manieth of the kernel, hence the steps.
typedef struct {
  int32_t channels, in_height, in_width;
  int32_t outputs, out_height, out_width;
  int32_t kernel_height, kernel_width;
  int64_t stride_height, stride_width, dilation_height, dilation_width;
  int64_t pad_top, pad_left;             // negative if x is cropped
  ptrdiff_t taps;                        // R · S of the packed weights
  ptrdiff_t first_tap, tap_row, tap_column; // tap (i, j) is first_tap + i·tap_row + j·tap_column of them
  size_t y_plane, y_row, y_column;       // floats from one output channel, row, column to the next
} cc_correlation;

/// dw[o][c][i][j] = Σ over blocks, r, q, lanes of dy[o][r][q] · x[c][r·stride_height + i·dilation_height − pad_top][…].
typedef struct {
  int32_t in_height, in_width, out_height, out_width;
  int32_t kernel_height, kernel_width;
  int64_t stride_height, stride_width, dilation_height, dilation_width;
  int64_t pad_top, pad_left;
  size_t x_block, dy_block;              // floats from one image block to the next
  size_t dw_output;                      // floats from one output channel of dw to the next
} cc_weight_gradient;

enum { CC_GRADIENT_OUTPUTS = 4 };        // most output channels of one call

typedef struct {
  int32_t widest_tile;                   // most output channels of a register tile

  /// Rows [row_begin, row_end) of y. packed: [register tile][channels][taps][outputs of the tile], tiles as
  /// cc_conv_tile_outputs gives them. bias: `outputs` floats, or NULL.
  void (*correlate)(const cc_correlation *s, const float *x, const float *packed, const float *bias, float *y,
                    int64_t row_begin, int64_t row_end);

  /// Kernels [channels][taps] of one output channel -> [the correlation's kernel][channels]. Memory ends at `end`.
  void (*transpose_taps)(const cc_correlation *s, const float *weights, const float *end, size_t channels, float *packed);

  /// dw of `outputs` ≤ CC_GRADIENT_OUTPUTS output channels and `channels` input channels, overwritten.
  void (*weight_gradient)(const cc_weight_gradient *s, size_t blocks, int32_t outputs, int32_t channels, const float *x,
                          const float *dy, float *dw);

  /// dbias of `outputs` channels: the sums of their dy.
  void (*bias_gradient)(const cc_weight_gradient *s, size_t blocks, int32_t outputs, const float *dy, float *dbias);
} cc_conv_kernels;

/// Output channels of the next register tile when `left` are left: 4 where they divide, else 6 (or what remains).
static inline int32_t cc_conv_tile_outputs(int32_t widest, int32_t left) {
  if (widest >= 6 && left >= 6 && left % 4 != 0) return 6;
  return left >= 4 && widest >= 4 ? 4 : left >= 2 ? 2 : 1;
}
