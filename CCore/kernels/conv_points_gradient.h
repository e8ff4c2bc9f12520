// Gradient of a convolution with respect to its weights by minimal filtering along the rows (points.h): the r taps of a row of
// weights are the results, 9 − r neighbouring pixels of dy the taps. At each point this is a product of matrices over the tiles
// of all rows,
//
//   sum[point][c][i][o] = Σ over row, tile, image of dy[point][o][row][tile][image] · x[point][c][row + i][tile][image]
//
// and as x gets as many tiles in a row as dy, kernel row i is the same array a row of tiles further on.
#pragma once
#include "points.h"

enum { POINT_GRADIENT_OUTPUTS = CC_GRADIENT_OUTPUTS, POINT_GRADIENT_INPUTS = 6 };  // of a register tile

typedef struct {
  const cc_weight_gradient *s;
  size_t channels, outputs, tiles, kernels, padded_outputs;  // kernels: rows of them, channels · R
  float *x, *dy, *sum;         // as above, the 16 images of a sum added up; outputs padded to whole vectors
  size_t x_point, dy_point;    // floats from one point to the next
} point_gradient;

// Rows [begin, begin + rows) of x or dy -> their points, [point][plane][row][tile][16].
INLINE void gradient_points(const point_gradient *g, const float *planes, size_t count, int64_t begin, int64_t rows, float *to,
                            size_t point_step, const bool IS_X, const int TAPS) {
  const cc_weight_gradient *s = g->s;
  const int PIXELS = POINTS + 1 - TAPS;
  const int64_t height = IS_X ? s->in_height : s->out_height, width = IS_X ? s->in_width : s->out_width;
  for (size_t plane = 0; plane < count; plane++)
    for (int64_t row = begin; row < begin + rows; row++) {
      const float *from = planes + ((int64_t)plane * height + row) * width * 16;
      const int64_t columns = row >= 0 && row < height ? width : 0;
      for (size_t tile = 0; tile < g->tiles; tile++, to += 16) {
        const int64_t column = (int64_t)tile * PIXELS - (IS_X ? s->pad_left : 0);
        v16 pixel[POINTS], v[POINTS];
        load_pixels(from, column, columns, pixel, IS_X ? POINTS : PIXELS);
        if (IS_X) transform_pixels(pixel, v);
        else transform_taps(pixel, v, PIXELS);
        UNROLL for (int p = 0; p < POINTS; p++) store(to + p * point_step, v[p]);
      }
    }
}

// sum[c][o] += dy[o] · x[c] over `count` vectors.
INLINE void gradient_point_tile(const float *dy, size_t dy_step, const float *const *x, size_t count, float *sum, size_t sum_step,
                                const int OUT, const int IN) {
  v16 product[POINT_GRADIENT_INPUTS][POINT_GRADIENT_OUTPUTS];
  UNROLL for (int c = 0; c < IN; c++)
    UNROLL for (int o = 0; o < POINT_GRADIENT_OUTPUTS; o++) product[c][o] = splat(0);
  for (size_t k = 0; k < count * 16; k += 16) {
    v16 gradient[POINT_GRADIENT_OUTPUTS];
    UNROLL for (int o = 0; o < OUT; o++) gradient[o] = load(dy + o * dy_step + k);
    UNROLL for (int c = 0; c < IN; c++) {
      v16 pixel = load(x[c] + k);
      UNROLL for (int o = 0; o < OUT; o++) product[c][o] += gradient[o] * pixel;
    }
  }
  UNROLL for (int c = 0; c < IN; c++)
    *(v4_unaligned *)(sum + c * sum_step) += horizontal_sum4(product[c][0], product[c][1], product[c][2], product[c][3]);
}

typedef void (*gradient_point_function)(const float *dy, size_t dy_step, const float *const *x, size_t count, float *sum,
                                        size_t sum_step);

#define TILE(OUT, IN)                                                                                                     \
  static void gradient_point_##OUT##x##IN(const float *dy, size_t dy_step, const float *const *x, size_t count, float *sum, \
                                          size_t sum_step) {                                                              \
    gradient_point_tile(dy, dy_step, x, count, sum, sum_step, OUT, IN);                                                   \
  }
#define TILES(OUT) TILE(OUT, 1) TILE(OUT, 2) TILE(OUT, 3) TILE(OUT, 4) TILE(OUT, 5) TILE(OUT, 6)
#define CHOICES(OUT)                                                                                                 \
  {gradient_point_##OUT##x1, gradient_point_##OUT##x2, gradient_point_##OUT##x3, gradient_point_##OUT##x4,           \
   gradient_point_##OUT##x5, gradient_point_##OUT##x6}
TILES(1) TILES(2) TILES(3) TILES(4)
static const gradient_point_function gradient_point_tiles[POINT_GRADIENT_OUTPUTS][POINT_GRADIENT_INPUTS] = {
    CHOICES(1), CHOICES(2), CHOICES(3), CHOICES(4)};
#undef TILE
#undef TILES
#undef CHOICES

// Adds the products of `rows` rows of dy at all points.
static void multiply_gradient_points(const point_gradient *g, size_t rows) {
  const size_t row = g->tiles * 16, x_plane = (rows + g->s->kernel_height - 1) * row, dy_plane = rows * row;
  const size_t input_tiles = (g->kernels + POINT_GRADIENT_INPUTS - 1) / POINT_GRADIENT_INPUTS;
  const size_t output_tiles = (g->outputs + POINT_GRADIENT_OUTPUTS - 1) / POINT_GRADIENT_OUTPUTS;
  for (size_t point = 0; point < POINTS; point++)
    for (size_t i = 0; i < input_tiles; i++) {
      const cc_span inputs = cc_split(g->kernels, i, input_tiles);
      const float *x[POINT_GRADIENT_INPUTS];
      for (size_t c = inputs.begin; c < inputs.end; c++)
        x[c - inputs.begin] = g->x + point * g->x_point + c / g->s->kernel_height * x_plane + c % g->s->kernel_height * row;
      for (size_t o = 0; o < output_tiles; o++) {
        const cc_span outputs = cc_split(g->outputs, o, output_tiles);
        gradient_point_tiles[outputs.end - outputs.begin - 1][inputs.end - inputs.begin - 1](
            g->dy + point * g->dy_point + outputs.begin * dy_plane, dy_plane, x, rows * g->tiles,
            g->sum + (point * g->kernels + inputs.begin) * g->padded_outputs + outputs.begin, g->padded_outputs);
      }
    }
}

INLINE void weight_gradient_of_taps(const point_gradient *g, size_t blocks, size_t bands, const float *x, const float *dy,
                                    float *dw, const int TAPS) {
  const cc_weight_gradient *s = g->s;
  const size_t sums = g->kernels * g->padded_outputs;
  memset(g->sum, 0, POINTS * sums * sizeof *g->sum);
  for (size_t block = 0; block < blocks; block++)
    for (size_t band = 0; band < bands; band++) {
      const cc_span rows = cc_split(s->out_height, band, bands);
      const int64_t count = rows.end - rows.begin;
      gradient_points(g, x + block * s->x_block, g->channels, (int64_t)rows.begin - s->pad_top, count + s->kernel_height - 1, g->x,
                      g->x_point, true, TAPS);
      gradient_points(g, dy + block * s->dy_block, g->outputs, rows.begin, count, g->dy, g->dy_point, false, TAPS);
      multiply_gradient_points(g, count);
    }
  for (size_t o = 0; o < g->outputs; o += 16)
    for (size_t kernel = 0; kernel < g->kernels; kernel++) {
      v16 sum[POINTS], taps[TAPS];
      UNROLL for (int p = 0; p < POINTS; p++) sum[p] = POINT_FACTOR[p] * load(g->sum + p * sums + kernel * g->padded_outputs + o);
      transform_sums(sum, taps, TAPS);
      for (size_t lane = 0; lane < lanes_left(g->outputs, o); lane++)
        UNROLL for (int j = 0; j < TAPS; j++) dw[(o + lane) * s->dw_output + kernel * TAPS + j] = taps[j][lane];
    }
}

static void weight_gradient_points(const cc_weight_gradient *s, size_t blocks, size_t rows, size_t outputs, size_t channels,
                                   const float *x, const float *dy, float *dw, float *scratch) {
  const size_t tiles = cc_point_gradient_tiles(s), bands = (s->out_height + rows - 1) / rows;
  point_gradient g = {
      .s = s, .channels = channels, .outputs = outputs, .tiles = tiles, .kernels = channels * s->kernel_height,
      .padded_outputs = (outputs + 15) / 16 * 16, .x_point = (channels * (rows + s->kernel_height - 1) * tiles + 1) * 16,
      .dy_point = (outputs * rows * tiles + 1) * 16, .x = scratch,
  };
  g.dy = g.x + POINTS * g.x_point;
  g.sum = g.dy + POINTS * g.dy_point;
  if (s->kernel_width == 3) weight_gradient_of_taps(&g, blocks, bands, x, dy, dw, 3);
  else weight_gradient_of_taps(&g, blocks, bands, x, dy, dw, 5);
}
