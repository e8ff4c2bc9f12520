// Correlation with fewer multiplications: by minimal filtering along the rows (points.h). A tile is 9 − r neighbouring pixels of
// a row of y. Kernel rows and channels are added up before the sums are transformed. Padding costs nothing: it is zeros in the
// transformed pixels.
#pragma once

#if CC_REGISTERS < 32
#define POINT_KERNELS NULL, NULL, NULL  // too few registers
#else

#include "conv_points_gradient.h"
#include "geometry.h"
#include "points.h"

// G w for rows of `taps` taps: weights[o · output_step + c · input_step + i · taps + j], turned by 180 degrees if `turned`
// -> packed [rows][inputs][outputs][8].
static void pack_points(const float *weights, size_t outputs, size_t inputs, size_t rows, size_t taps, size_t output_step,
                        size_t input_step, bool turned, float *packed) {
  v8 column[5];  // of G
  for (size_t j = 0; j < taps; j++) {
    const float two = power_of_two((int)j), half = power_of_half((int)j), sign = j % 2 ? -1 : 1;
    column[j] = *(const v8_unaligned *)POINT_FACTOR * (v8){j == 0, 1, sign, two, sign * two, half, sign * half, j == taps - 1};
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t c = 0; c < inputs; c++)
      for (size_t o = 0; o < outputs; o++, packed += POINTS) {
        const float *row = weights + o * output_step + c * input_step + (turned ? rows - 1 - i : i) * taps;
        v8 sum = {0};
        for (size_t j = 0; j < taps; j++) sum += row[turned ? taps - 1 - j : j] * column[j];
        *(v8_unaligned *)packed = sum;
      }
}

// A column of tiles in one row of y.
typedef struct {
  const cc_correlation *s;
  const float *pixels, *packed, *bias;  // pixels: [row][channel][8][16], from kernel row kernel_rows.begin of this row on
  float *y;                             // of the first output channel
  cc_range kernel_rows;
  int64_t live;                         // pixels of the tile that exist
} point_tile;

// 8 points of OUT outputs are the register tile: 24 sums at most, and a pixel at a time.
INLINE void correlate_point_tile(const point_tile *t, int32_t output, const int OUT, const int PIXELS) {
  const cc_correlation *s = t->s;
  const float *v = t->pixels, *u = t->packed + output * s->channels * s->taps + t->kernel_rows.begin * s->channels * OUT * POINTS;
  v16 sum[CC_POINT_OUTPUTS * POINTS];
  UNROLL for (int n = 0; n < OUT * POINTS; n++) sum[n] = splat(0);
  for (int64_t step = (t->kernel_rows.end - t->kernel_rows.begin) * s->channels; step > 0; step--) {
    UNROLL for (int p = 0; p < POINTS; p++) {
      v16 pixel = load(v + p * 16);
      UNROLL for (int o = 0; o < OUT; o++) sum[o * POINTS + p] += splat(u[o * POINTS + p]) * pixel;
    }
    v += POINTS * 16, u += OUT * POINTS;
  }
  UNROLL for (int o = 0; o < OUT; o++) {
    v16 y[MOST_TILE_PIXELS], start = splat(t->bias ? t->bias[output + o] : 0);
    transform_sums(sum + o * POINTS, y, PIXELS);
    float *to = t->y + (output + o) * s->y_plane;
    UNROLL for (int i = 0; i < PIXELS; i++)
      if (i < t->live) store(to + i * s->y_column, y[i] + start);
  }
}

INLINE void correlate_point_outputs(const point_tile *t, const int PIXELS) {
  for (int32_t o = 0, width; o < t->s->outputs; o += width) {
    width = cc_conv_point_outputs(t->s->outputs - o);
    if (width == 3) correlate_point_tile(t, o, 3, PIXELS);
    else if (width == 2) correlate_point_tile(t, o, 2, PIXELS);
    else correlate_point_tile(t, o, 1, PIXELS);
  }
}

// Rows [row_begin, row_end) of y, a column of tiles at a time: as many rows as have room for the pixels above them.
static void correlate_points(const cc_correlation *s, const float *x, const float *packed, const float *bias, float *y,
                             int64_t row_begin, int64_t row_end) {
  float scratch[CC_POINT_SCRATCH] __attribute__((aligned(64)));
  const int64_t row_floats = s->channels * POINTS * 16, rows_at_once = CC_POINT_SCRATCH / row_floats - (s->kernel_height - 1);
  const int64_t pixels = POINTS + 1 - s->kernel_width;
  for (int64_t begin = row_begin, end; begin < row_end; begin = end) {
    end = begin + rows_at_once < row_end ? begin + rows_at_once : row_end;
    const int64_t top = begin - s->pad_top, bottom = end - 1 - s->pad_top + s->kernel_height;
    const cc_range rows = {top < 0 ? 0 : top, bottom > s->in_height ? s->in_height : bottom};
    for (int64_t column = 0; column < s->out_width; column += pixels) {
      float *to = scratch;
      for (int64_t row = rows.begin; row < rows.end; row++)
        for (int32_t c = 0; c < s->channels; c++, to += POINTS * 16) {
          v16 from[POINTS], v[POINTS];
          load_pixels(x + ((int64_t)c * s->in_height + row) * s->in_width * 16, column - s->pad_left, s->in_width, from, POINTS);
          transform_pixels(from, v);
          UNROLL for (int p = 0; p < POINTS; p++) store(to + p * 16, v[p]);
        }
      for (int64_t row = begin; row < end; row++) {
        const cc_range kernel_rows = cc_inside(row - s->pad_top, 1, s->kernel_height, s->in_height);
        const int64_t first = row - s->pad_top + kernel_rows.begin - rows.begin;
        const point_tile t = {s, scratch + first * row_floats, packed, bias, y + row * s->y_row + column * s->y_column,
                              kernel_rows, s->out_width - column < pixels ? s->out_width - column : pixels};
        if (s->kernel_width == 3) correlate_point_outputs(&t, 6);
        else correlate_point_outputs(&t, 4);
      }
    }
  }
}

#define POINT_KERNELS correlate_points, pack_points, weight_gradient_points

#endif
