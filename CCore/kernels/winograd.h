// Winograd's minimal filtering F(4×4, 3×3) after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015),
// with the points 0, ±1, ±2, ∞: 36 multiplications for 16 outputs instead of 144.
//
//        4  0 −5  0  1  0         1/4    0    0
//        0 −4 −4  1  1  0        −1/6 −1/6 −1/6           1  1  1  1  1  0
//   Bᵀ = 0  4 −4 −1  1  0    G = −1/6  1/6 −1/6      Aᵀ = 0  1 −1  2 −2  0
//        0 −2 −1  2  1  0        1/24 1/12  1/6           0  1  1  4  4  0
//        0  2 −1 −2  1  0        1/24−1/12  1/6           0  1 −1  8 −8  1
//        0  4  0 −5  0  1           0    0    1
//
// The gradients use the transposes of all three: they are the adjoint of the forward pass, and A dy Aᵀ serves both.
// A transform goes down the columns of a tile, then along its rows.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "pooling.h"
#include "winograd_rows.h"
#include "vector.h"

enum { TRIPLE = CC_WINOGRAD_TRIPLE, OUTPUTS = CC_WINOGRAD_OUTPUTS };

// ------------------------------------------------------------------------------------------------ one dimension

// Bᵀ d.
INLINE void input_transform(const v16 d[6], v16 o[6]) {
  v16 a = d[4] - 4 * d[2], b = d[3] - 4 * d[1], c = d[4] - d[2], e = d[3] - d[1];
  o[0] = 4 * d[0] + (d[4] - 5 * d[2]);
  o[1] = a + b;
  o[2] = a - b;
  o[3] = c + 2 * e;
  o[4] = c - 2 * e;
  o[5] = 4 * d[1] + (d[5] - 5 * d[3]);
}

// B e.
INLINE void input_adjoint(const v16 e[6], v16 o[6]) {
  v16 sum = e[1] + e[2], difference = e[1] - e[2], sum2 = e[3] + e[4], difference2 = e[3] - e[4];
  o[0] = 4 * e[0];
  o[1] = 4 * (e[5] - difference) - 2 * difference2;
  o[2] = -5 * e[0] - (4 * sum + sum2);
  o[3] = difference + 2 * difference2 - 5 * e[5];
  o[4] = e[0] + (sum + sum2);
  o[5] = e[5];
}

// Aᵀ m.
INLINE void output_transform(const v16 m[6], v16 o[4]) {
  v16 sum = m[1] + m[2], difference = m[1] - m[2], sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  o[0] = m[0] + sum + sum2;
  o[1] = difference + 2 * difference2;
  o[2] = sum + 4 * sum2;
  o[3] = difference + 8 * difference2 + m[5];
}

// A d.
INLINE void output_adjoint(const v16 d[4], v16 o[6]) {
  v16 even = d[0] + d[2], odd = d[1] + d[3], even4 = d[0] + 4 * d[2], odd4 = d[1] + 4 * d[3];
  o[0] = d[0];
  o[1] = even + odd;
  o[2] = even - odd;
  o[3] = even4 + 2 * odd4;
  o[4] = even4 - 2 * odd4;
  o[5] = d[3];
}

// G w. Sums first: whole numbers that 24 divides stay exact.
INLINE void weight_transform(const v16 w[3], v16 o[6]) {
  v16 outer = w[0] + w[2], outer4 = w[0] + 4 * w[2];
  o[0] = w[0] * 0.25f;
  o[1] = (outer + w[1]) * (-1.0f / 6);
  o[2] = (outer - w[1]) * (-1.0f / 6);
  o[3] = (outer4 + 2 * w[1]) * (1.0f / 24);
  o[4] = (outer4 - 2 * w[1]) * (1.0f / 24);
  o[5] = w[2];
}

// Gᵀ u.
INLINE void weight_adjoint(const v16 u[6], v16 o[3]) {
  v16 sum = u[1] + u[2], difference = u[2] - u[1], sum2 = u[3] + u[4], difference2 = u[3] - u[4];
  o[0] = (6 * u[0] - 4 * sum + sum2) * (1.0f / 24);
  o[1] = (2 * difference + difference2) * (1.0f / 12);
  o[2] = (6 * u[5] - sum + sum2) * (1.0f / 6);
}

// ------------------------------------------------------------------------------------------------ activations -> points

// The pixels of a tile: where they are if all SIZE × SIZE are inside the plane, else copied with zeros around them.
typedef struct {
  const float *pixels;
  size_t row_step, column_step;  // floats
} winograd_patch;

INLINE winograd_patch copied_patch(const float *copy, const int SIZE) { return (winograd_patch){copy, SIZE * 16, 16}; }

INLINE winograd_patch patch_at(const cc_winograd_planes *p, cc_winograd_tile tile, size_t channel, float *copy,
                               const int SIZE) {
  const float *plane = p->data + tile.block * p->block_step + channel * p->height * p->width * 16;
  const int64_t top = tile.row + p->top, left = tile.column + p->left, down = p->dilation_height, across = p->dilation_width;
  if (top >= 0 && left >= 0 && top + (SIZE - 1) * down < p->height && left + (SIZE - 1) * across < p->width)
    return (winograd_patch){plane + (top * p->width + left) * 16, (size_t)(down * p->width * 16), (size_t)across * 16};
  UNROLL for (int r = 0; r < SIZE; r++) {
    const int64_t row = top + r * down;
    UNROLL for (int s = 0; s < SIZE; s++) {
      const int64_t column = left + s * across;
      v16 value = splat(0);
      if ((size_t)row < (size_t)p->height && (size_t)column < (size_t)p->width)  // negative ones are huge
        value = load(plane + (row * p->width + column) * 16);
      store(copy + (r * SIZE + s) * 16, value);
    }
  }
  return copied_patch(copy, SIZE);
}

// The gradient of a tile, taken back through what followed the convolution.
INLINE winograd_patch gradient_patch(const cc_winograd_planes *p, cc_winograd_tile tile, size_t channel, float *copy) {
  if (p->pooled) {
    const int64_t height = p->height / 2, width = p->width / 2;
    const size_t plane = tile.block * p->block_step + channel * height * width * 16;
    UNROLL for (int window = 0; window < 4; window++) {
      const int64_t row = tile.row / 2 + window / 2, column = tile.column / 2 + window % 2;
      v16 gradient = splat(0);
      i16 winner = splat_int(CC_NO_WINNER);
      if (row < height && column < width) {
        const size_t at = plane + (row * width + column) * 16;
        gradient = load(p->data + at);
        winner = __builtin_convertvector(*(const u16x16_unaligned *)(p->winner + at), i16);
      }
      UNROLL for (int i = 0; i < 4; i++) {
        const int r = window / 2 * 2 + i / 2, s = window % 2 * 2 + i % 2;
        store(copy + (r * 4 + s) * 16, select16(winner == splat_int(i), gradient, splat(0)));
      }
    }
    return copied_patch(copy, 4);
  }
  winograd_patch patch = patch_at(p, tile, channel, copy, 4);
  if (!p->rectified) return patch;
  cc_winograd_planes activated = *p;
  activated.data = (float *)p->activated;
  float outside[16 * 16] __attribute__((aligned(64)));
  winograd_patch mask = patch_at(&activated, tile, channel, outside, 4);
  UNROLL for (int i = 0; i < 16; i++) {
    v16 gradient = load(patch.pixels + i / 4 * patch.row_step + i % 4 * patch.column_step);
    i16 passes = load(mask.pixels + i / 4 * mask.row_step + i % 4 * mask.column_step) > splat(0);
    store(copy + i * 16, select16(passes, gradient, splat(0)));
  }
  return copied_patch(copy, 4);
}

// The same tile of the next channel comes next, far away: no hardware prefetcher expects it.
INLINE void prefetch_tile(winograd_patch next, const int WRITES) {
  UNROLL for (int i = 0; i < 36; i++) {
    const float *pixel = next.pixels + i / 6 * next.row_step + i % 6 * next.column_step;
    if (WRITES) __builtin_prefetch(pixel, 1);
    else __builtin_prefetch(pixel, 0);
  }
}

// SIZE 6: Bᵀ x B; SIZE 4: A dy Aᵀ.
INLINE void to_points(winograd_patch patch, float *to, size_t point_step, const int SIZE) {
  UNROLL for (int half = 0; half < 6; half += 3) {  // three rows at a time: those of all six would not fit the registers
    v16 down[3 * 6];
    UNROLL for (int s = 0; s < SIZE; s++) {
      v16 d[6], o[6];
      UNROLL for (int r = 0; r < SIZE; r++) d[r] = load(patch.pixels + r * patch.row_step + s * patch.column_step);
      if (SIZE == 6) input_transform(d, o);
      else output_adjoint(d, o);
      UNROLL for (int r = 0; r < 3; r++) down[r * SIZE + s] = o[half + r];
    }
    UNROLL for (int r = 0; r < 3; r++) {
      v16 o[6];
      if (SIZE == 6) input_transform(down + r * SIZE, o);
      else output_adjoint(down + r * SIZE, o);
      UNROLL for (int s = 0; s < 6; s++) store(to + ((half + r) * 6 + s) * point_step, o[s]);
    }
  }
}

// Where vector `at` has its place for a channel.
INLINE float *place(const cc_winograd_points *p, size_t count, size_t at, size_t channel) {
  return p->data + at / TRIPLE * p->step + channel * cc_winograd_channel(count) + at % TRIPLE * 16;
}
INLINE size_t triple_width(size_t count, size_t first) { return count - first < TRIPLE ? count - first : TRIPLE; }

// Row-major: all channels of a vector of tiles at a time. The points of the next channel are on lines that are far apart and
// in the second-level cache.
INLINE void rows_to_points(const cc_winograd_planes *p, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                           const cc_winograd_points *points, const int SIZE) {
  for (size_t t = 0; t < count; t++) {
    tile_pixels pixels;
    find_pixels(&pixels, p, tiles + t * 16, SIZE);
    for (size_t c = channels.begin; c < channels.end; c++) {
      float copy[SIZE * SIZE * 16] __attribute__((aligned(64)));
      UNROLL for (int i = 0; i < 36; i++) __builtin_prefetch(place(points, count, t, c + 1) + i * points->point_step, 1);
      gather_tiles(&pixels, p, c, copy, SIZE);
      to_points(copied_patch(copy, SIZE), place(points, count, t, c), points->point_step, SIZE);
    }
  }
}

static void winograd_input(const cc_winograd_planes *x, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                           const cc_winograd_points *v) {
  if (x->row_major) {
    rows_to_points(x, tiles, count, channels, v, 6);
    return;
  }
  for (size_t first = 0; first < count; first += TRIPLE)
    for (size_t c = channels.begin; c < channels.end; c++)
      for (size_t t = first; t < first + triple_width(count, first); t++) {
        float copy[6 * 6 * 16] __attribute__((aligned(64)));
        const winograd_patch patch = patch_at(x, tiles[t], c, copy, 6);
        if (patch.pixels != copy)
          prefetch_tile((winograd_patch){patch.pixels + x->height * x->width * 16, patch.row_step, patch.column_step}, false);
        to_points(patch, place(v, count, t, c), v->point_step, 6);
      }
}

static void winograd_gradient(const cc_winograd_planes *dy, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                              const cc_winograd_points *d) {
  if (dy->row_major) {
    rows_to_points(dy, tiles, count, channels, d, 4);
    return;
  }
  for (size_t first = 0; first < count; first += TRIPLE)
    for (size_t c = channels.begin; c < channels.end; c++)
      for (size_t t = first; t < first + triple_width(count, first); t++) {
        float copy[4 * 4 * 16] __attribute__((aligned(64)));
        to_points(gradient_patch(dy, tiles[t], c, copy), place(d, count, t, c), d->point_step, 4);
      }
}

// ------------------------------------------------------------------------------------------------ points -> activations

// The largest of each 2 × 2 of 4 × 4 pixels.
INLINE void pool_tile(const cc_winograd_planes *p, const v16 tile[16], v16 largest[4], i16 winner[4]) {
  UNROLL for (int i = 0; i < 4; i++)
    largest[i] = pool_largest((const float *)tile, 4, (cc_window){i / 2 * 2, i % 2 * 2, {0, 2}, {0, 2}}, 2, p->pool_rectifies,
                              winner + i);
}

// Those whose windows are complete.
INLINE void store_pooled(const cc_winograd_planes *p, cc_winograd_tile tile, size_t channel, const v16 pixels[16]) {
  const int64_t height = p->height / 2, width = p->width / 2;
  const size_t plane = tile.block * p->block_step + channel * height * width * 16;
  v16 largest[4];
  i16 winner[4];
  pool_tile(p, pixels, largest, winner);
  UNROLL for (int i = 0; i < 4; i++) {
    const int64_t row = tile.row / 2 + i / 2, column = tile.column / 2 + i % 2;
    if (row >= height || column >= width) continue;
    const size_t at = plane + (row * width + column) * 16;
    store(p->data + at, largest[i]);
    if (p->winner) *(u16x16_unaligned *)(p->winner + at) = __builtin_convertvector(winner[i], u16x16);
  }
}

INLINE void store_pixels(const cc_winograd_planes *p, cc_winograd_tile at, size_t channel, const v16 pixels[16]) {
  float *plane = p->data + at.block * p->block_step + channel * p->height * p->width * 16;
  UNROLL for (int i = 0; i < 16; i++) {
    const int64_t row = at.row + i / 4 * p->dilation_height, column = at.column + i % 4 * p->dilation_width;
    if (row < p->height && column < p->width) store(plane + (row * p->width + column) * 16, pixels[i]);
  }
}

// Row-major.
INLINE void scatter_results(const cc_winograd_planes *p, const tile_results *f, size_t channel, v16 tile[16]) {
  const size_t plane = channel * f->plane;
  if (!p->pooled) {
    scatter_tiles(f, tile, p->dilation_width, p->data + plane, 4);
    return;
  }
  v16 largest[4];
  i16 winner[4];
  pool_tile(p, tile, largest, winner);
  scatter_tiles(f, largest, 1, p->data + plane, 2);
  if (p->winner) scatter_winners(f, winner, p->winner + plane);
}

// Aᵀ m A, + bias.
INLINE void from_points(const float *from, size_t point_step, v16 bias, bool rectified, v16 tile[16]) {
  v16 down[4 * 6];
  UNROLL for (int s = 0; s < 6; s++) {
    v16 d[6], o[4];
    UNROLL for (int r = 0; r < 6; r++) d[r] = load(from + (r * 6 + s) * point_step);
    output_transform(d, o);
    UNROLL for (int r = 0; r < 4; r++) down[r * 6 + s] = o[r];
  }
  UNROLL for (int r = 0; r < 4; r++) output_transform(down + r * 6, tile + r * 4);
  UNROLL for (int i = 0; i < 16; i++) tile[i] += bias;
  if (rectified)
    UNROLL for (int i = 0; i < 16; i++) tile[i] = rectify(tile[i]);
}

static void winograd_output(const cc_winograd_points *m, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                            const float *bias, const cc_winograd_planes *y) {
  v16 tile[4 * 4];
  for (size_t t = 0; t < count && y->row_major; t++) {
    const tile_results results = find_results(y, tiles + t * 16, 16);
    for (size_t c = channels.begin; c < channels.end; c++) {
      from_points(place(m, count, t, c), m->point_step, splat(bias ? bias[c] : 0), y->rectified, tile);
      scatter_results(y, &results, c, tile);
    }
  }
  for (size_t c = channels.begin; c < channels.end && !y->row_major; c++)
    for (size_t t = 0; t < count; t++) {
      from_points(place(m, count, t, c), m->point_step, splat(bias ? bias[c] : 0), y->rectified, tile);
      if (y->pooled) store_pooled(y, tiles[t], c, tile);
      else store_pixels(y, tiles[t], c, tile);
    }
}

// Adds a tile of gradients to dx where earlier tiles, above and to the left, have written, and stores it elsewhere. `upper`:
// where the two pixel rows at the top go, [2][width][16], if not to dx.
INLINE void add_tile(const v16 tile[36], cc_winograd_tile at, const cc_winograd_planes *dx, float *plane, float *upper) {
  const int64_t top = at.row + dx->top, left = at.column + dx->left, width = dx->width;
  const int64_t down = dx->dilation_height, across = dx->dilation_width;
  const bool is_below_one = at.row >= down, is_beside_one = at.column >= across;
  if (is_below_one && is_beside_one && !upper && top >= 0 && left >= 0 && top + 5 * down < dx->height && left + 5 * across < width) {
    float *first = plane + (top * width + left) * 16;
    const size_t row_step = (size_t)(down * width * 16), column_step = (size_t)across * 16;
    prefetch_tile((winograd_patch){first + dx->height * width * 16, row_step, column_step}, true);
    UNROLL for (int r = 0; r < 6; r++)
      UNROLL for (int s = 0; s < 6; s++) {
        float *pixel = first + r * row_step + s * column_step;
        store(pixel, r < 2 || s < 2 ? load(pixel) + tile[r * 6 + s] : tile[r * 6 + s]);
      }
    return;
  }
  UNROLL for (int r = 0; r < 6; r++) {
    const int64_t at_row = top + r * down;
    if ((size_t)at_row >= (size_t)dx->height) continue;  // negative ones are huge
    float *row = r < 2 && upper ? upper + r * width * 16 : plane + at_row * width * 16;
    const bool is_below = r < 2 && is_below_one && !upper;
    UNROLL for (int s = 0; s < 6; s++) {
      const int64_t at_column = left + s * across;
      if ((size_t)at_column >= (size_t)width) continue;
      float *pixel = row + at_column * 16;
      const bool is_written = is_below || (s < 2 && is_beside_one);
      store(pixel, is_written ? load(pixel) + tile[r * 6 + s] : tile[r * 6 + s]);
    }
  }
}

static void winograd_data(const cc_winograd_points *e, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                          const cc_winograd_planes *dx, float *fringe, cc_winograd_tile fringe_tile) {
  for (size_t c = channels.begin; c < channels.end; c++)
    for (size_t t = 0; t < count; t++) {
      const float *from = place(e, count, t, c);
      v16 down[6 * 6], tile[6 * 6];
      UNROLL for (int s = 0; s < 6; s++) {
        v16 d[6], o[6];
        UNROLL for (int r = 0; r < 6; r++) d[r] = load(from + (r * 6 + s) * e->point_step);
        input_adjoint(d, o);
        UNROLL for (int r = 0; r < 6; r++) down[r * 6 + s] = o[r];
      }
      UNROLL for (int r = 0; r < 6; r++) input_adjoint(down + r * 6, tile + r * 6);
      const bool is_fringe = fringe && tiles[t].block == fringe_tile.block && tiles[t].row == fringe_tile.row;
      add_tile(tile, tiles[t], dx, dx->data + tiles[t].block * dx->block_step + c * dx->height * dx->width * 16,
               is_fringe ? fringe + c * 2 * dx->width * 16 : NULL);
    }
}
