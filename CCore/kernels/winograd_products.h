// The products of transformed tiles at one of the 36 points (winograd_kernels.h), and the table's entry.
#pragma once
#include "winograd_weights.h"

// Register tiles: OUT outputs × TILES vectors of 16 images, and OUT outputs × COLUMNS vectors of 16 input channels.
#if CC_REGISTERS >= 32
enum { PRODUCT_OUTPUTS = 8, PRODUCT_TILES = 3, GRADIENT_COLUMNS = 2 };
#elif CC_REGISTERS >= 8
enum { PRODUCT_OUTPUTS = 4, PRODUCT_TILES = 1, GRADIENT_COLUMNS = 1 };
#else
enum { PRODUCT_OUTPUTS = 2, PRODUCT_TILES = 1, GRADIENT_COLUMNS = 1 };
#endif

// step: floats of a channel.
INLINE void multiply_points(const float *u, size_t inputs, const float *from, float *to, size_t step, const int TILES) {
  v16 sum[PRODUCT_OUTPUTS * PRODUCT_TILES];
  UNROLL for (int i = 0; i < PRODUCT_OUTPUTS * TILES; i++) sum[i] = splat(0);
  for (size_t c = 0; c < inputs; c++, u += OUTPUTS, from += step) {
    v16 value[PRODUCT_TILES];
    UNROLL for (int t = 0; t < TILES; t++) value[t] = load(from + t * 16);
    UNROLL for (int o = 0; o < PRODUCT_OUTPUTS; o++) {
      v16 weight = splat(u[o]);
      UNROLL for (int t = 0; t < TILES; t++) sum[o * TILES + t] += weight * value[t];
    }
  }
  UNROLL for (int o = 0; o < PRODUCT_OUTPUTS; o++)
    UNROLL for (int t = 0; t < TILES; t++) store(to + o * step + t * 16, sum[o * TILES + t]);
}

static void winograd_multiply(const float *u, size_t u_step, cc_span eights, size_t inputs, size_t count,
                              const float *from, size_t from_step, float *to, size_t to_step) {
  const size_t step = cc_winograd_channel(count);
  for (size_t eight = eights.begin; eight < eights.end; eight++)
    for (size_t first = 0; first < count; first += TRIPLE) {
      const float *v = from + first / TRIPLE * from_step, *weights = u + eight * u_step;
      float *m = to + first / TRIPLE * to_step + eight * OUTPUTS * step;
      const size_t width = triple_width(count, first);
      for (int o = 0; o < OUTPUTS; o += PRODUCT_OUTPUTS)
        for (size_t t = 0; t < width;) {
          float *at = m + o * step + t * 16;
          if (PRODUCT_TILES >= 3 && width - t >= 3) multiply_points(weights + o, inputs, v + t * 16, at, step, 3), t += 3;
          else if (PRODUCT_TILES >= 2 && width - t >= 2) multiply_points(weights + o, inputs, v + t * 16, at, step, 2), t += 2;
          else multiply_points(weights + o, inputs, v + t * 16, at, step, 1), t++;
        }
    }
}

// ------------------------------------------------------------------------------------------------ of few tiles

enum {
  FEW_INPUTS = 8,
  FEW_POINT = FEW_INPUTS * 16,                         // floats of U
  FEW_SUMS = CC_WINOGRAD_FEW * 16,                     // and of the sums, [tile][16 outputs]
  FEW_TOGETHER = CC_REGISTERS >= 8 ? 4 : 2,            // tiles in registers
  POINTS_TOGETHER = CC_REGISTERS >= 32 ? 4 : 1,        // enough chains of additions to hide their latency
};

// Adds `inputs` inputs to the sums of TILES tiles. v: of the first input and tile.
INLINE void multiply_tiles(const float *u, size_t inputs, const float *v, size_t v_point, size_t v_step, float *sums, const int TILES) {
  for (int p = 0; p < CC_WINOGRAD_POINTS; p += POINTS_TOGETHER, u += POINTS_TOGETHER * FEW_POINT, v += POINTS_TOGETHER * v_point,
           sums += POINTS_TOGETHER * FEW_SUMS) {
    v16 sum[POINTS_TOGETHER * FEW_TOGETHER];
    UNROLL for (int i = 0; i < POINTS_TOGETHER * TILES; i++) sum[i] = load(sums + i / TILES * FEW_SUMS + i % TILES * 16);
    for (size_t c = 0; c < inputs; c++)
      UNROLL for (int i = 0; i < POINTS_TOGETHER; i++) {
        const v16 weight = load(u + i * FEW_POINT + c * 16);
        UNROLL for (int t = 0; t < TILES; t++) sum[i * TILES + t] += weight * splat(v[i * v_point + c * v_step + t]);
      }
    UNROLL for (int i = 0; i < POINTS_TOGETHER * TILES; i++) store(sums + i / TILES * FEW_SUMS + i % TILES * 16, sum[i]);
  }
}

// U is made of so few inputs at a time that it and their V stay in the first-level cache.
INLINE void multiply_few(const cc_winograd_weights *w, size_t tiles, const cc_winograd_points *v, const cc_winograd_points *m,
                         const bool TURNED) {
  float u[CC_WINOGRAD_POINTS * FEW_POINT] __attribute__((aligned(64))), sums[CC_WINOGRAD_POINTS * FEW_SUMS] __attribute__((aligned(64)));
  const size_t v_step = cc_winograd_few_step(tiles);
  size_t offset[16];
  find_kernels(w, offset, 16);
  memset(sums, 0, sizeof sums);
  for (size_t c = 0, inputs; c < w->inputs; c += inputs) {
    const float *from = v->data + c * v_step;
    inputs = w->inputs - c < FEW_INPUTS ? w->inputs - c : FEW_INPUTS;
    for (size_t i = 0; i < inputs; i++) {
      kernels_to_points(w->data + (c + i) * w->input_step, offset, KERNELS_AHEAD * w->input_step, 16, u + i * 16, FEW_POINT, TURNED);
      for (size_t p = i * CC_WINOGRAD_POINTS / FEW_INPUTS; p < (i + 1) * CC_WINOGRAD_POINTS / FEW_INPUTS; p++)
        for (size_t line = 0; line < FEW_INPUTS * v_step; line += 16) __builtin_prefetch(from + p * v->point_step + line);
    }
    for (size_t t = 0; t < tiles; t += FEW_TOGETHER) {
#define TILES(COUNT) \
  case COUNT: multiply_tiles(u, inputs, from + t, v->point_step, v_step, sums + t * 16, COUNT); break;
      switch (tiles - t) {
        TILES(1)
#if CC_REGISTERS >= 8
        TILES(2) TILES(3)
#endif
      default: multiply_tiles(u, inputs, from + t, v->point_step, v_step, sums + t * 16, FEW_TOGETHER);
      }
#undef TILES
    }
  }
  for (size_t p = 0; p < CC_WINOGRAD_POINTS; p++) {
    v16 rows[16];
    UNROLL for (size_t t = 0; t < 16; t++) rows[t] = t < tiles ? load(sums + p * FEW_SUMS + t * 16) : splat(0);
    transpose16(rows);
    UNROLL for (int o = 0; o < 16; o++) store(m->data + p * m->point_step + o * 16, rows[o]);
  }
}

static void winograd_multiply_few(const cc_winograd_weights *w, size_t tiles, const cc_winograd_points *v,
                                  const cc_winograd_points *m) {
  if (w->turned) multiply_few(w, tiles, v, m, true);
  else multiply_few(w, tiles, v, m, false);
}

// ------------------------------------------------------------------------------------------------ gradients of weights

// v of the tiles as [tile][image][columns · 16 channels].
INLINE void transpose_tiles(const float *v, size_t v_step, size_t columns, size_t count, float *transposed) {
  const size_t step = cc_winograd_channel(count);
  for (size_t t = 0; t < count; t++)
    for (size_t column = 0; column < columns; column++) {
      const float *from = v + t / TRIPLE * v_step + column * 16 * step + t % TRIPLE * 16;
      v16 rows[16];
      UNROLL for (int i = 0; i < 16; i++) rows[i] = load(from + i * step);
      transpose16(rows);
      UNROLL for (int i = 0; i < 16; i++) store(transposed + ((t * 16 + i) * columns + column) * 16, rows[i]);
    }
}

// Adds up OUT outputs × COLUMNS · 16 channels over all tiles. du_step: floats from one column to the next.
INLINE void accumulate_points(const float *d, size_t d_step, const float *transposed, size_t transposed_step, size_t count,
                              bool adds, float *du, size_t du_step, const int COLUMNS) {
  const size_t step = cc_winograd_channel(count);
  v16 sum[PRODUCT_OUTPUTS * GRADIENT_COLUMNS];
  UNROLL for (int o = 0; o < PRODUCT_OUTPUTS; o++)
    UNROLL for (int j = 0; j < COLUMNS; j++) sum[o * COLUMNS + j] = adds ? load(du + j * du_step + o * 16) : splat(0);
  for (size_t first = 0; first < count; first += TRIPLE, d += d_step) {
    const size_t depth = triple_width(count, first) * 16;
    for (size_t i = 0; i < depth; i++, transposed += transposed_step) {
      v16 value[GRADIENT_COLUMNS];
      UNROLL for (int j = 0; j < COLUMNS; j++) value[j] = load(transposed + j * 16);
      UNROLL for (int o = 0; o < PRODUCT_OUTPUTS; o++) {
        v16 gradient = splat(d[o * step + i]);
        UNROLL for (int j = 0; j < COLUMNS; j++) sum[o * COLUMNS + j] += gradient * value[j];
      }
    }
  }
  UNROLL for (int o = 0; o < PRODUCT_OUTPUTS; o++)
    UNROLL for (int j = 0; j < COLUMNS; j++) store(du + j * du_step + o * 16, sum[o * COLUMNS + j]);
}

static void winograd_accumulate(const float *d, size_t d_step, size_t eights, const float *v, size_t v_step,
                                size_t columns, size_t count, bool adds, float *du, float *scratch) {
  transpose_tiles(v, v_step, columns, count, scratch);
  const size_t eight_step = CC_WINOGRAD_POINTS * OUTPUTS * 16, du_step = eights * eight_step;
  for (size_t o = 0; o < eights * OUTPUTS; o += PRODUCT_OUTPUTS)
    for (size_t j = 0; j < columns;) {
      const float *from = d + o * cc_winograd_channel(count), *transposed = scratch + j * 16;
      float *to = du + j * du_step + o / OUTPUTS * eight_step + o % OUTPUTS * 16;
      if (GRADIENT_COLUMNS >= 2 && columns - j >= 2)
        accumulate_points(from, d_step, transposed, columns * 16, count, adds, to, du_step, 2), j += 2;
      else accumulate_points(from, d_step, transposed, columns * 16, count, adds, to, du_step, 1), j++;
    }
}

static void winograd_sum(const float *d, size_t d_step, size_t outputs, size_t count, bool adds, float *sums) {
  for (size_t o = 0; o < outputs; o++) {
    v16 sum = splat(0);
    for (size_t t = 0; t < count; t++) sum += load(d + t / TRIPLE * d_step + o * cc_winograd_channel(count) + t % TRIPLE * 16);
    sums[o] = (adds ? sums[o] : 0) + horizontal_sum(sum);
  }
}

#define WINOGRAD_KERNELS                                                                                                \
  {winograd_input, winograd_gradient, winograd_output, winograd_data, winograd_weights, winograd_multiply,              \
   winograd_multiply_few, winograd_accumulate, winograd_sum, winograd_finish}
