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

enum {
  CC_GRADIENT_OUTPUTS = 4,               // most output channels of one call of weight_gradient
  CC_CONV_POINTS = 8,                    // of conv_points.h
  CC_POINT_OUTPUTS = 3,                  // most output channels of a register tile there
  CC_POINT_SCRATCH = 1 << 15,            // floats of its scratch: the pixels under a tile, channels · kernel rows · 8 · 16
};

/// Rows [row_begin, row_end) of y. packed: [register tile][channels][taps][outputs of the tile], tiles as
/// cc_conv_tile_outputs gives them. bias: `outputs` floats, or NULL.
typedef void cc_correlate_kernel(const cc_correlation *s, const float *x, const float *packed, const float *bias, float *y,
                                 int64_t row_begin, int64_t row_end);

/// dw of `outputs` output channels and `channels` input channels, overwritten.
typedef void cc_weight_gradient_kernel(const cc_weight_gradient *s, size_t blocks, int32_t outputs, int32_t channels,
                                       const float *x, const float *dy, float *dw);

typedef struct {
  int32_t widest_tile;                   // most output channels of a register tile
  cc_correlate_kernel *correlate;

  /// Adds `count` pixels of 1 or 16 floats to every stride-th pixel of a row.
  void (*add_strided)(size_t count, size_t lanes, size_t stride, const float *x, float *to);

  cc_weight_gradient_kernel *weight_gradient;  // of at most CC_GRADIENT_OUTPUTS outputs

  /// sums[p] = Σ over blocks, block_step floats apart, of plane p's `floats` floats: bias gradients, in either layout.
  void (*sum_planes)(size_t blocks, size_t block_step, size_t planes, size_t floats, const float *x, float *sums);

  /// `correlate` by minimal filtering along the rows, for stride and dilation 1 and rows of 3 or 5 taps; NULL where registers
  /// are too few. packed: [register tile][kernel row][channel][output of the tile][8], tiles as cc_conv_point_outputs gives
  /// them; s->taps is 8 · kernel rows.
  cc_correlate_kernel *correlate_points;

  /// A register tile of packed weights from w[output · output_step + input · input_step + row · taps + tap]; turned: by 180
  /// degrees.
  void (*pack_points)(const float *weights, size_t outputs, size_t inputs, size_t rows, size_t taps, size_t output_step,
                      size_t input_step, bool turned, float *packed);

  /// `weight_gradient` likewise, of any number of outputs, in bands of at most `rows` rows of dy, which change the order of the
  /// sums. scratch: cc_point_gradient_floats.
  void (*weight_gradient_points)(const cc_weight_gradient *s, size_t blocks, size_t rows, size_t outputs, size_t channels,
                                 const float *x, const float *dy, float *dw, float *scratch);
} cc_conv_kernels;

/// Tiles of a row of dy.
static inline size_t cc_point_gradient_tiles(const cc_weight_gradient *s) {
  const size_t pixels = CC_CONV_POINTS + 1 - s->kernel_width;
  return (s->out_width + pixels - 1) / pixels;
}

/// Floats that `rows` rows of dy take, and those of x under them, in points; and the sums.
static inline size_t cc_point_gradient_floats(const cc_weight_gradient *s, size_t channels, size_t outputs, size_t rows) {
  const size_t vectors = cc_point_gradient_tiles(s) * (channels * (rows + s->kernel_height - 1) + outputs * rows) + 2;
  return CC_CONV_POINTS * (vectors * 16 + channels * s->kernel_height * ((outputs + 15) / 16 * 16));
}

/// Output channels of the next register tile when `left` are left: 4 where they divide, else 6 (or what remains).
static inline int32_t cc_conv_tile_outputs(int32_t widest, int32_t left) {
  if (widest >= 6 && left >= 6 && left % 4 != 0) return 6;
  return left >= 4 && widest >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/// The same in points.
static inline int32_t cc_conv_point_outputs(int32_t left) { return left >= 3 && left != 4 ? 3 : left >= 2 ? 2 : 1; }
