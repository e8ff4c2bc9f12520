// The Winograd kernels' place in the table: F(4×4, 3×3) for 16 images at a time. All sizes are of one group of channels.
//
// An output plane falls into tiles of 4 × 4 pixels, each made from 6 × 6 pixels of the input, and the 6 × 6 = 36 points of
// a transformed tile are independent of each other:
//
//   forward            V = Bᵀ x B     M = U · V at each point     y = Aᵀ M A          with U = G w Gᵀ
//   backward-data      D = A dy Aᵀ    E = Uᵀ · D                  dx = B E Bᵀ, tiles overlapping by two pixels added
//   backward-weights                  dU = Σ D · Vᵀ               dw = Gᵀ dU G
//
// where the products are matrix products over channels, tiles and images. winograd.h has the matrices. With a dilation the
// pixels of a tile lie that far apart: each of the dilation_height × dilation_width images of such pixels is a dense one.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CC_WINOGRAD_TILE = 4,     // output pixels on a side
  CC_WINOGRAD_POINTS = 36,
  CC_WINOGRAD_TRIPLE = 3,   // tiles that are multiplied together
  CC_WINOGRAD_OUTPUTS = 8,  // channels that transformed weights hold side by side
  CC_WINOGRAD_COLUMN = 16,  // input channels that their gradients hold side by side
  CC_WINOGRAD_CHANNEL_OUTPUTS = 32,  // of a product whose lanes are channels
  CC_WINOGRAD_FEW = 8,      // row-major tiles so few that the weights are most of the work
};

typedef struct {
  size_t block;         // of 16 images, or the image
  int32_t row, column;  // of its first output pixel
} cc_winograd_tile;

/// An activation or its gradient, [block][channel][height][width][16], or what the operations after a convolution made of it.
///
/// Or [image][channel][height][width]: then 16 tiles, one after the other in the array of tiles, take the place of the 16
/// images of a block, and tiles with a negative row do not exist. Gradients are then never those of a fused result.
typedef struct {
  float *data;
  size_t block_step;      // floats from one image block to the next
  int32_t height, width;  // without pooling
  int64_t top, left;      // of a tile at (0, 0): minus the padding on the input side
  int64_t dilation_height, dilation_width;  // from one pixel of a tile to the next
  bool row_major;         // of these, only transform_input, _gradient and _output
  bool rectified;         // data is max(y, 0) of the convolution's y; as a gradient it passes where `activated` is above 0
  const float *activated; // laid out as data
  bool pooled;            // data is the largest of each 2 × 2 pixels, and has height / 2 × width / 2
  bool pool_rectifies;    // and 0 instead where that is not above 0
  uint16_t *winner;       // laid out as data, as in pool.h; NULL if it is not wanted
} cc_winograd_planes;

/// Transformed tiles: [point][triple of tiles][channel][3 tiles][16 images]; of a single or two tiles, only so many.
///
/// By channel: [point][tile][channels, rounded up to 16].
typedef struct {
  float *data;
  size_t point_step, step;  // floats, from one triple or tile to the next
} cc_winograd_points;

/// 3 × 3 kernels at data + output · output_step + input · input_step.
typedef struct {
  const float *data;
  size_t outputs, inputs, output_step, input_step;
  bool turned;  // by 180 degrees
} cc_winograd_weights;

typedef struct {
  /// x -> V.
  void (*transform_input)(const cc_winograd_planes *x, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                          const cc_winograd_points *v);

  /// dy -> D.
  void (*transform_gradient)(const cc_winograd_planes *dy, const cc_winograd_tile *tiles, size_t count,
                             cc_span channels, const cc_winograd_points *d);

  /// M -> y. bias: by channel, or NULL.
  void (*transform_output)(const cc_winograd_points *m, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                           const float *bias, const cc_winograd_planes *y);

  /// E -> dx, the tiles in row-major order (with a dilation, of each image of it). Pixels that no earlier tile has written
  /// are stored, others added to.
  ///
  /// fringe: NULL, or [channel][2][width][16] for the two upper pixel rows of the tile row `fringe_tile`, which another
  /// call writes at the same time.
  void (*transform_data)(const cc_winograd_points *e, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                         const cc_winograd_planes *dx, float *fringe, cc_winograd_tile fringe_tile);

  /// w -> U of at most 8 outputs: [point][inputs][8].
  void (*transform_weights)(const cc_winograd_weights *w, float *u, size_t point_step);

  /// At one point: to(output, tile) = Σ over inputs of u(output, input) · from(input, tile), for whole eights of outputs.
  /// u_step: floats from one eight to the next.
  void (*multiply)(const float *u, size_t u_step, cc_span eights, size_t inputs, size_t count, const float *from,
                   size_t from_step, float *to, size_t to_step);

  /// By channel, of row-major planes: x -> V; M = U · V of at most CC_WINOGRAD_CHANNEL_OUTPUTS outputs, the weights transformed
  /// on the way; M of such outputs -> y. count: of single tiles. u: cc_winograd_own_weights(count) floats.
  void (*input_by_channel)(const cc_winograd_planes *x, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                           const cc_winograd_points *v);
  void (*multiply_by_channel)(const cc_winograd_weights *w, size_t count, const cc_winograd_points *v, float *u,
                              const cc_winograd_points *m);
  void (*output_by_channel)(const cc_winograd_points *m, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                            const float *bias, const cc_winograd_planes *y);

  /// At one point: du(k, c) (+)= Σ over tiles and images of d(k, tile) · v(c, tile), for `columns` (1 or 2) times 16
  /// channels c and whole eights of k. du: [columns][eights][36 points][8][16]. scratch: cc_winograd_scratch(count).
  void (*accumulate)(const float *d, size_t d_step, size_t eights, const float *v, size_t v_step, size_t columns,
                     size_t count, bool adds, float *du, float *scratch);

  /// At one point: sums[k] (+)= Σ over tiles and images of d(k, tile).
  void (*sum)(const float *d, size_t d_step, size_t outputs, size_t count, bool adds, float *sums);

  /// dU of at most 8 outputs and 16 inputs, [36][8][16], summed over `parts` in order -> dw.
  void (*finish)(const float *du, size_t part_step, size_t parts, size_t outputs, size_t inputs, float *dw,
                 size_t output_step);
} cc_winograd_kernels;

/// Floats of a channel of a triple, where there are `count` tiles.
static inline size_t cc_winograd_channel(size_t count) {
  return (count < CC_WINOGRAD_TRIPLE ? count : CC_WINOGRAD_TRIPLE) * 16;
}

/// Inputs that multiply_by_channel takes at a time, and its floats of U.
static inline size_t cc_winograd_inputs_together(size_t tiles) { return tiles <= CC_WINOGRAD_FEW ? 8 : 16; }
static inline size_t cc_winograd_own_weights(size_t tiles) {
  return CC_WINOGRAD_POINTS * (cc_winograd_inputs_together(tiles) * CC_WINOGRAD_CHANNEL_OUTPUTS + 16);
}

/// Floats for `accumulate`.
static inline size_t cc_winograd_scratch(size_t count) { return count * 16 * 2 * CC_WINOGRAD_COLUMN; }
