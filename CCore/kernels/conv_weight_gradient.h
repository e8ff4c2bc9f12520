// Gradient of a convolution with respect to its weights. A register tile is OUT output channels × IN input channels ×
// TAPS neighbouring taps of one kernel row; every pixel of dy is loaded once and multiplied with the TAPS pixels of x
// above which it lay. The sums over the 16 images of a vector come last.
//
// A band of output rows that fits in L1 serves all kernel rows before the next band comes: the tiles of the kernel rows
// wait in memory meanwhile.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "vector.h"

enum { GRADIENT_MOST_SUMS = 24, GRADIENT_MOST_KERNEL_ROWS = 7, GRADIENT_BAND_VECTORS = 384 };

// What a tile of kernel rows [row, row + rows) and kernel columns from `column` works on.
typedef struct {
  const cc_weight_gradient *s;
  size_t blocks;
  const float *x, *dy;  // of the first input and output channel
  float *dw;
  int32_t row, rows, column;
} gradient_tile;

// One pixel of dy and the taps above it. EDGE: taps outside x are left out.
INLINE void gradient_pixel(const cc_weight_gradient *s, const float *x_row, const float *dy_pixel, int64_t column, v16 *sum,
                           const int IN, const int OUT, const int TAPS, const bool DENSE, const bool EDGE) {
  const int64_t dilation = DENSE ? 1 : s->dilation_width;
  v16 gradient[CC_GRADIENT_OUTPUTS];
  UNROLL for (int o = 0; o < OUT; o++) gradient[o] = load(dy_pixel + (size_t)o * s->out_height * s->out_width * 16);
  UNROLL for (int c = 0; c < IN; c++)
    UNROLL for (int j = 0; j < TAPS; j++) {
      int64_t at = column + j * dilation;
      if (EDGE && (size_t)at >= (size_t)s->in_width) continue;
      v16 value = load(x_row + ((size_t)c * s->in_height * s->in_width + at) * 16);
      UNROLL for (int o = 0; o < OUT; o++) sum[(o * IN + c) * TAPS + j] += gradient[o] * value;
    }
}

// Adds rows [band.begin, band.end) of dy to the sums of kernel row i.
INLINE void gradient_rows(const gradient_tile *t, const float *x, const float *dy, int32_t i, cc_range band,
                          cc_range interior, v16 *sums, const int IN, const int OUT, const int TAPS, const bool DENSE) {
  const cc_weight_gradient *s = t->s;
  const int64_t stride = DENSE ? 1 : s->stride_width;
  const int64_t top = i * s->dilation_height - s->pad_top, left = t->column * s->dilation_width - s->pad_left;
  cc_range rows = cc_inside(top + band.begin * s->stride_height, s->stride_height, band.end - band.begin, s->in_height);
  v16 sum[GRADIENT_MOST_SUMS];
  UNROLL for (int n = 0; n < IN * OUT * TAPS; n++) sum[n] = sums[n];
  for (int64_t row = band.begin + rows.begin; row < band.begin + rows.end; row++) {
    const float *x_row = x + (top + row * s->stride_height) * s->in_width * 16, *dy_row = dy + row * s->out_width * 16;
    int64_t q = 0;
    for (; q < interior.begin; q++)
      gradient_pixel(s, x_row, dy_row + q * 16, left + q * stride, sum, IN, OUT, TAPS, DENSE, true);
    _Pragma("clang loop unroll_count(4)") for (; q < interior.end; q++)
      gradient_pixel(s, x_row, dy_row + q * 16, left + q * stride, sum, IN, OUT, TAPS, DENSE, false);
    for (; q < s->out_width; q++)
      gradient_pixel(s, x_row, dy_row + q * 16, left + q * stride, sum, IN, OUT, TAPS, DENSE, true);
  }
  UNROLL for (int n = 0; n < IN * OUT * TAPS; n++) sums[n] = sum[n];
}

INLINE void gradient_of_tile(const gradient_tile *t, const int IN, const int OUT, const int TAPS, const bool DENSE) {
  const cc_weight_gradient *s = t->s;
  const int64_t left = t->column * s->dilation_width - s->pad_left, last_tap = (TAPS - 1) * s->dilation_width;
  cc_range interior = {cc_inside(left, s->stride_width, s->out_width, s->in_width).begin,
                       cc_inside(left + last_tap, s->stride_width, s->out_width, s->in_width).end};
  if (interior.end < interior.begin) interior.end = interior.begin;
  int64_t band_rows = GRADIENT_BAND_VECTORS / (OUT * (int64_t)s->out_width);
  if (band_rows < 1) band_rows = 1;
  v16 sums[GRADIENT_MOST_KERNEL_ROWS][GRADIENT_MOST_SUMS];
  for (int32_t i = 0; i < t->rows; i++)
    UNROLL for (int n = 0; n < (IN * OUT * TAPS + 3) / 4 * 4; n++) sums[i][n] = splat(0);  // summed up in fours
  for (size_t block = 0; block < t->blocks; block++)
    for (int64_t row = 0; row < s->out_height; row += band_rows) {
      cc_range band = {row, row + band_rows < s->out_height ? row + band_rows : s->out_height};
      for (int32_t i = 0; i < t->rows; i++)
        gradient_rows(t, t->x + block * s->x_block, t->dy + block * s->dy_block, t->row + i, band, interior, sums[i], IN,
                      OUT, TAPS, DENSE);
    }
  for (int32_t i = 0; i < t->rows; i++) {
    float totals[GRADIENT_MOST_SUMS];
    const v16 *v = sums[i];
    UNROLL for (int n = 0; n < IN * OUT * TAPS; n += 4)
      *(v4_unaligned *)(totals + n) = horizontal_sum4(v[n], v[n + 1], v[n + 2], v[n + 3]);
    UNROLL for (int o = 0; o < OUT; o++)
      UNROLL for (int c = 0; c < IN; c++)
        UNROLL for (int j = 0; j < TAPS; j++)
          t->dw[o * s->dw_output + ((size_t)c * s->kernel_height + t->row + i) * s->kernel_width + t->column + j] =
              totals[(o * IN + c) * TAPS + j];
  }
}

typedef void (*gradient_function)(const gradient_tile *t);

#define TILE(IN, OUT, TAPS)                                                                                          \
  static void gradient_##IN##_##OUT##_##TAPS##_dense(const gradient_tile *t) { gradient_of_tile(t, IN, OUT, TAPS, true); } \
  static void gradient_##IN##_##OUT##_##TAPS(const gradient_tile *t) { gradient_of_tile(t, IN, OUT, TAPS, false); }
#define CHOICE(IN, OUT, TAPS) {gradient_##IN##_##OUT##_##TAPS, gradient_##IN##_##OUT##_##TAPS##_dense}

// Per width of a column of taps, widest first: how many input channels a tile takes, and its functions by output channels.
typedef struct {
  int32_t taps, channels, outputs;
  gradient_function many[CC_GRADIENT_OUTPUTS][2], single[CC_GRADIENT_OUTPUTS][2];  // [outputs − 1][is dense]
} gradient_tiles;

#if CC_REGISTERS >= 32
TILE(1, 1, 7) TILE(1, 2, 7) TILE(1, 3, 7)
TILE(1, 1, 5) TILE(1, 2, 5) TILE(1, 3, 5) TILE(1, 4, 5)
TILE(2, 1, 3) TILE(2, 2, 3) TILE(2, 3, 3) TILE(2, 4, 3) TILE(1, 1, 3) TILE(1, 2, 3) TILE(1, 3, 3) TILE(1, 4, 3)
TILE(4, 1, 1) TILE(4, 2, 1) TILE(4, 3, 1) TILE(4, 4, 1) TILE(1, 1, 1) TILE(1, 2, 1) TILE(1, 3, 1) TILE(1, 4, 1)
#define SINGLE3(TAPS) {CHOICE(1, 1, TAPS), CHOICE(1, 2, TAPS), CHOICE(1, 3, TAPS)}
#define SINGLE4(TAPS) {CHOICE(1, 1, TAPS), CHOICE(1, 2, TAPS), CHOICE(1, 3, TAPS), CHOICE(1, 4, TAPS)}
static const gradient_tiles gradient_choices[] = {
    {7, 1, 3, SINGLE3(7), SINGLE3(7)},
    {5, 1, 4, SINGLE4(5), SINGLE4(5)},
    {3, 2, 4, {CHOICE(2, 1, 3), CHOICE(2, 2, 3), CHOICE(2, 3, 3), CHOICE(2, 4, 3)}, SINGLE4(3)},
    {1, 4, 4, {CHOICE(4, 1, 1), CHOICE(4, 2, 1), CHOICE(4, 3, 1), CHOICE(4, 4, 1)}, SINGLE4(1)},
};
#elif CC_REGISTERS >= 8
TILE(1, 1, 3) TILE(1, 1, 2) TILE(1, 2, 2) TILE(2, 1, 1) TILE(2, 2, 1) TILE(1, 1, 1) TILE(1, 2, 1)
#define SINGLE(TAPS) {CHOICE(1, 1, TAPS), CHOICE(1, 2, TAPS)}
static const gradient_tiles gradient_choices[] = {
    {3, 1, 1, {CHOICE(1, 1, 3)}, {CHOICE(1, 1, 3)}},
    {2, 1, 2, SINGLE(2), SINGLE(2)},
    {1, 2, 2, {CHOICE(2, 1, 1), CHOICE(2, 2, 1)}, SINGLE(1)},
};
#else
TILE(1, 1, 2) TILE(1, 1, 1)
static const gradient_tiles gradient_choices[] = {
    {2, 1, 1, {CHOICE(1, 1, 2)}, {CHOICE(1, 1, 2)}},
    {1, 1, 1, {CHOICE(1, 1, 1)}, {CHOICE(1, 1, 1)}},
};
#endif
#undef TILE
#undef CHOICE
#undef SINGLE
#undef SINGLE3
#undef SINGLE4

static void weight_gradient(const cc_weight_gradient *s, size_t blocks, int32_t outputs, int32_t channels, const float *x,
                            const float *dy, float *dw) {
  const size_t in_plane = (size_t)s->in_height * s->in_width * 16, out_plane = (size_t)s->out_height * s->out_width * 16;
  const bool dense = s->stride_width == 1 && s->dilation_width == 1;
  const gradient_tiles *g = gradient_choices;
  for (int32_t column = 0; column < s->kernel_width; column += g->taps) {
    while (g->taps > s->kernel_width - column) g++;
    for (int32_t c = 0, c_step; c < channels; c += c_step) {
      c_step = channels - c >= g->channels ? g->channels : 1;
      for (int32_t row = 0; row < s->kernel_height; row += GRADIENT_MOST_KERNEL_ROWS)
        for (int32_t o = 0, o_step; o < outputs; o += o_step) {
          int32_t tiles = (outputs - o + g->outputs - 1) / g->outputs;
          o_step = (outputs - o + tiles - 1) / tiles;
          int32_t rows = s->kernel_height - row;
          gradient_tile t = {s, blocks, x + c * in_plane, dy + o * out_plane,
                             dw + o * s->dw_output + (size_t)c * s->kernel_height * s->kernel_width,
                             row, rows < GRADIENT_MOST_KERNEL_ROWS ? rows : GRADIENT_MOST_KERNEL_ROWS, column};
          (c_step == g->channels ? g->many : g->single)[o_step - 1][dense](&t);
        }
    }
  }
}

static void sum_planes(size_t blocks, size_t block_step, size_t planes, size_t floats, const float *x, float *sums) {
  for (size_t first = 0; first < planes; first += 4) {  // independent chains hide the latency of an addition
    v16 sum[4] = {splat(0), splat(0), splat(0), splat(0)};
    for (size_t block = 0; block < blocks; block++) {
      const float *plane[4];
      UNROLL for (size_t n = 0; n < 4; n++)
        plane[n] = x + block * block_step + (first + n < planes ? first + n : first) * floats;
      size_t i = 0;
      for (; i + 16 <= floats; i += 16)
        UNROLL for (int n = 0; n < 4; n++) sum[n] += load(plane[n] + i);
      if (i < floats)
        UNROLL for (int n = 0; n < 4; n++) sum[n] += load_lanes(plane[n] + i, floats - i);
    }
    const v4 total = horizontal_sum4(sum[0], sum[1], sum[2], sum[3]);
    memcpy(sums + first, &total, (planes - first < 4 ? planes - first : 4) * sizeof *sums);
  }
}
