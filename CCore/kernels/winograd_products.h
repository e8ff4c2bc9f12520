// The products of transformed tiles at one of the 36 points (winograd_kernels.h), and the table's entry.
#pragma once
#include "winograd_channels.h"

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
   winograd_input_by_channel, winograd_multiply_by_channel, winograd_output_by_channel, winograd_accumulate, winograd_sum,\
   winograd_finish}
