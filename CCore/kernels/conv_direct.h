// Direct convolution. A register tile is OUT output channels × PIXELS pixels of a row; for each tap every weight is
// broadcast once and every pixel loaded once. No padded copies: the range of kernel rows is the same for a whole row
// of pixels, and only tiles that touch the left or right edge test their columns tap by tap.
//
// TAPS is the kernel width where it is known at compile time (stride and dilation 1 along the row), 0 otherwise.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "vector.h"

// Of the largest tile: an array whose size is a parameter would live in memory.
enum { MOST_OUTPUTS = 6, MOST_PIXELS = 8, MOST_VECTORS = 24 };

// One row of y, for `tiles` register tiles of the same width.
typedef struct {
  const cc_correlation *s;
  const float *x, *packed, *bias;  // packed, bias and y begin at the first tile
  float *y;
  int32_t tiles;
  int64_t top;           // row of x under kernel row 0
  cc_range kernel_rows;  // that are inside x
  cc_range interior;     // columns of y whose taps are all inside x
} correlation_row;

// sum[o · PIXELS + p] += the products of one tap column. `column`: of x, for the first pixel.
INLINE void correlate_tap(const float *x_row, const float *weights, int64_t column, int64_t stride, v16 *sum, const int OUT,
                          const int PIXELS) {
  v16 value[MOST_PIXELS];  // loaded first, so that one weight at a time needs a register
  UNROLL for (int p = 0; p < PIXELS; p++) value[p] = load(x_row + (column + p * stride) * 16);
  UNROLL for (int o = 0; o < OUT; o++) {
    v16 weight = splat(weights[o]);
    UNROLL for (int p = 0; p < PIXELS; p++) sum[o * PIXELS + p] += weight * value[p];
  }
}

// The same where some pixels have no such tap: those whose column is not below limit[p] (negative ones are huge).
INLINE void correlate_edge_tap(const float *x_row, const float *weights, int64_t column, int64_t stride, const size_t *limit,
                               v16 *sum, const int OUT, const int PIXELS) {
  v16 weight[MOST_OUTPUTS];
  UNROLL for (int o = 0; o < OUT; o++) weight[o] = splat(weights[o]);
  UNROLL for (int p = 0; p < PIXELS; p++) {
    int64_t at = column + p * stride;
    if ((size_t)at >= limit[p]) continue;
    v16 value = load(x_row + at * 16);
    UNROLL for (int o = 0; o < OUT; o++) sum[o * PIXELS + p] += weight[o] * value;
  }
}

INLINE void correlate_tile(const correlation_row *r, const float *packed, int64_t column, const size_t *limit, v16 *sum,
                           const int OUT, const int PIXELS, const int TAPS, const bool EDGE) {
  const cc_correlation *s = r->s;
  const int64_t stride = TAPS ? 1 : s->stride_width, dilation = TAPS ? 1 : s->dilation_width;
  const ptrdiff_t tap_step = s->tap_column * OUT;
  for (int32_t c = 0; c < s->channels; c++)
    for (int64_t i = r->kernel_rows.begin; i < r->kernel_rows.end; i++) {
      const float *x_row = r->x + ((int64_t)c * s->in_height + r->top + i * s->dilation_height) * s->in_width * 16;
      const float *weights = packed + (c * s->taps + s->first_tap + i * s->tap_row) * OUT;
#define TAP(j)                                                                                                  \
  if (EDGE) correlate_edge_tap(x_row, weights, column + (j) * dilation, stride, limit, sum, OUT, PIXELS);       \
  else correlate_tap(x_row, weights, column + (j) * dilation, stride, sum, OUT, PIXELS);                        \
  weights += tap_step;
      if (TAPS) {
        UNROLL for (int j = 0; j < TAPS; j++) { TAP(j) }
      } else {
        for (int32_t j = 0; j < s->kernel_width; j++) { TAP(j) }
      }
#undef TAP
    }
}

// What happens to a finished tile: its first `live` pixels are stored.
INLINE void finish_tile(const correlation_row *r, const v16 *sum, float *y, int64_t live, const int OUT, const int PIXELS) {
  UNROLL for (int o = 0; o < OUT; o++)
    UNROLL for (int p = 0; p < PIXELS; p++)
      if (p < live) store(y + o * r->s->y_plane + p * r->s->y_column, sum[o * PIXELS + p]);
}

// All outputs at `live` pixels from column `at` of y. Outputs are the inner loop: the patch of x stays in L1.
INLINE void correlate_pixels(const correlation_row *r, int64_t at, int64_t live, const int OUT, const int PIXELS,
                             const int TAPS, const bool EDGE) {
  const cc_correlation *s = r->s;
  size_t limit[MOST_PIXELS];
  UNROLL for (int p = 0; p < PIXELS; p++) limit[p] = p < live ? (size_t)s->in_width : 0;
  for (int32_t tile = 0; tile < r->tiles; tile++) {
    v16 sum[MOST_VECTORS];
    UNROLL for (int o = 0; o < OUT; o++)
      UNROLL for (int p = 0; p < PIXELS; p++) sum[o * PIXELS + p] = splat(r->bias ? r->bias[tile * OUT + o] : 0);
    correlate_tile(r, r->packed + (size_t)tile * OUT * s->channels * s->taps, at * s->stride_width - s->pad_left, limit, sum,
                   OUT, PIXELS, TAPS, EDGE);
    finish_tile(r, sum, r->y + (size_t)tile * OUT * s->y_plane + at * s->y_column, live, OUT, PIXELS);
  }
}

INLINE void correlate_row(const correlation_row *r, const int OUT, const int PIXELS, const int TAPS) {
  for (int64_t at = 0, width = r->s->out_width; at < width; at += PIXELS) {
    if (at >= r->interior.begin && at + PIXELS <= r->interior.end)
      correlate_pixels(r, at, PIXELS, OUT, PIXELS, TAPS, false);
    else
      correlate_pixels(r, at, width - at < PIXELS ? width - at : PIXELS, OUT, PIXELS, TAPS, true);
  }
}

typedef void (*correlate_row_function)(const correlation_row *r);

#define ROW(OUT, PIXELS, TAPS) \
  static void correlate_row_##OUT##x##PIXELS##_##TAPS(const correlation_row *r) { correlate_row(r, OUT, PIXELS, TAPS); }
#define ROWS(OUT, PIXELS)                                                                                 \
  ROW(OUT, PIXELS, 0) ROW(OUT, PIXELS, 1) ROW(OUT, PIXELS, 3) ROW(OUT, PIXELS, 5) ROW(OUT, PIXELS, 7)     \
  static correlate_row_function choose_row_##OUT##x##PIXELS(int32_t taps) {                               \
    switch (taps) {                                                                                       \
    case 1: return correlate_row_##OUT##x##PIXELS##_1;                                                    \
    case 3: return correlate_row_##OUT##x##PIXELS##_3;                                                    \
    case 5: return correlate_row_##OUT##x##PIXELS##_5;                                                    \
    case 7: return correlate_row_##OUT##x##PIXELS##_7;                                                    \
    default: return correlate_row_##OUT##x##PIXELS##_0;                                                   \
    }                                                                                                     \
  }

#if CC_REGISTERS >= 32
enum { WIDEST_TILE = 6 };
ROWS(6, 4) ROWS(4, 6) ROWS(4, 4) ROWS(2, 8) ROWS(1, 8)
static correlate_row_function choose_row(int32_t outputs, int32_t taps, int64_t width) {
  switch (outputs) {
  case 6: return choose_row_6x4(taps);
  case 4: return (width + 5) / 6 * 6 <= (width + 3) / 4 * 4 ? choose_row_4x6(taps) : choose_row_4x4(taps);
  case 2: return choose_row_2x8(taps);
  default: return choose_row_1x8(taps);
  }
}
#elif CC_REGISTERS >= 8
enum { WIDEST_TILE = 6 };
ROWS(6, 1) ROWS(4, 1) ROWS(2, 2) ROWS(1, 4)
static correlate_row_function choose_row(int32_t outputs, int32_t taps, int64_t width) {
  (void)width;
  switch (outputs) {
  case 6: return choose_row_6x1(taps);
  case 4: return choose_row_4x1(taps);
  case 2: return choose_row_2x2(taps);
  default: return choose_row_1x4(taps);
  }
}
#else
enum { WIDEST_TILE = 2 };
ROWS(2, 1) ROWS(1, 2)
static correlate_row_function choose_row(int32_t outputs, int32_t taps, int64_t width) {
  (void)width;
  return outputs == 2 ? choose_row_2x1(taps) : choose_row_1x2(taps);
}
#endif
#undef ROW
#undef ROWS

static void correlate(const cc_correlation *s, const float *x, const float *packed, const float *bias, float *y,
                      int64_t row_begin, int64_t row_end) {
  int64_t last_tap = (s->kernel_width - 1) * s->dilation_width;
  cc_range interior = {cc_inside(-s->pad_left, s->stride_width, s->out_width, s->in_width).begin,
                       cc_inside(last_tap - s->pad_left, s->stride_width, s->out_width, s->in_width).end};
  int32_t taps = s->stride_width == 1 && s->dilation_width == 1 ? s->kernel_width : 0;
  for (int64_t row = row_begin; row < row_end; row++) {
    int64_t top = row * s->stride_height - s->pad_top;
    cc_range kernel_rows = cc_inside(top, s->dilation_height, s->kernel_height, s->in_height);
    for (int32_t o = 0, next; o < s->outputs; o = next) {
      int32_t width = cc_conv_tile_outputs(WIDEST_TILE, s->outputs - o);
      for (next = o + width; next < s->outputs && cc_conv_tile_outputs(WIDEST_TILE, s->outputs - next) == width;)
        next += width;
      correlation_row r = {s, x, packed + o * s->channels * s->taps, bias ? bias + o : NULL,
                           y + o * s->y_plane + row * s->y_row, (next - o) / width, top, kernel_rows, interior};
      choose_row(width, taps, s->out_width)(&r);
    }
  }
}
