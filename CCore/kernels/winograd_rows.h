// Tiles of row-major images, 16 of which take the place of 16 images: from pixels to vectors and back.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "patches.h"
#include "vector.h"

// rows[i] holds 4 elements four times: rows[i][4 q + j] <-> rows[j][4 q + i], in two rounds of interleaving row i with i + 2.
INLINE void transpose4(v16 rows[4]) {
  UNROLL for (int round = 0; round < 2; round++) {
    v16 next[4];
    UNROLL for (int i = 0; i < 2; i++) {
      next[2 * i] =
          __builtin_shufflevector(rows[i], rows[i + 2], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
      next[2 * i + 1] =
          __builtin_shufflevector(rows[i], rows[i + 2], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 4; i++) rows[i] = next[i];
  }
}

INLINE v8 join4(v4 a, v4 b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7); }
INLINE v16 join8(v8 a, v8 b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

// ------------------------------------------------------------------------------------------------ pixels -> vectors

enum { TILE_ROW = 16 * 6 };

// Where SIZE × SIZE pixels of 16 tiles are, in the plane of any channel: there if all are inside of it. Otherwise rows of pixels
// under each run of neighbouring tiles are copied, between zeros that stay.
typedef struct {
  size_t offset[16], row_step;  // of each tile's first pixel
  bool inside;
  size_t copies;
  struct {
    size_t from, to, count;
  } copy[6 * 16];
  float rows[6 * TILE_ROW];
} tile_pixels;

INLINE void find_pixels(tile_pixels *f, const cc_winograd_planes *p, const cc_winograd_tile *tiles, const int SIZE) {
  const int64_t down = p->dilation_height, across = p->dilation_width, width = p->width;
  f->inside = across == 1;
  f->row_step = (size_t)(down * width);
  for (int t = 0; t < 16; t++) {
    const int64_t top = tiles[t].row + p->top, left = tiles[t].column + p->left;
    f->inside &= tiles[t].row >= 0 && top >= 0 && left >= 0 && top + (SIZE - 1) * down < p->height && left + SIZE <= width;
    f->offset[t] = tiles[t].block * p->block_step + (size_t)(top * width + left);
  }
  if (f->inside) return;
  f->row_step = TILE_ROW, f->copies = 0;
  memset(f->rows, 0, sizeof f->rows);
  size_t end = 0;
  for (int t = 0, run; t < 16; t += run) {
    const cc_winograd_tile first = tiles[t];
    for (run = 1; t + run < 16 && tiles[t + run].row == first.row && tiles[t + run].column == first.column + 4 * run * across;) run++;
    const int64_t left = first.column + p->left, count = 4 * (run - 1) + SIZE;
    const cc_range columns = cc_inside(left, across, count, width);
    for (int r = 0; r < SIZE && columns.begin < columns.end; r++) {
      const int64_t row = first.row + p->top + r * down;
      if (first.row < 0 || row < 0 || row >= p->height) continue;
      f->copy[f->copies].from = first.block * p->block_step + (size_t)(row * width + left + columns.begin * across);
      f->copy[f->copies].to = r * TILE_ROW + end + (size_t)columns.begin;
      f->copy[f->copies++].count = (size_t)(columns.end - columns.begin);
    }
    for (int i = 0; i < run; i++) f->offset[t + i] = end + 4 * i;
    end += (size_t)count;
  }
}

// Four pixels of the tiles 4 q, 4 q + 1, …: elements 4 q to 4 q + 3 of four vectors -> of a vector for each pixel.
INLINE void load_quads(const float *from, const size_t offset[16], v16 pixels[4]) {
#define AT(t) *(const v4_unaligned *)(from + offset[t])
  UNROLL for (int i = 0; i < 4; i++) pixels[i] = join8(join4(AT(i), AT(4 + i)), join4(AT(8 + i), AT(12 + i)));
#undef AT
  transpose4(pixels);
}

// -> [SIZE · SIZE][16 tiles], zeros outside the plane and where there is no tile.
INLINE void gather_tiles(tile_pixels *f, const cc_winograd_planes *p, size_t channel, float *to, const int SIZE) {
  const float *from = p->data + channel * p->height * p->width;
  if (!f->inside) {
    for (size_t i = 0; i < f->copies; i++)
      copy_strided(f->rows + f->copy[i].to, from + f->copy[i].from, p->dilation_width, (int64_t)f->copy[i].count);
    from = f->rows;
  }
  UNROLL for (int r = 0; r < SIZE; r++, from += f->row_step) {
    v16 first[4], last[4];
    load_quads(from, f->offset, first);
    UNROLL for (int s = 0; s < 4; s++) store(to + (r * SIZE + s) * 16, first[s]);
    if (SIZE == 4) continue;
    load_quads(from + 2, f->offset, last);
    UNROLL for (int s = 4; s < 6; s++) store(to + (r * SIZE + s) * 16, last[s - 2]);
  }
}

// ------------------------------------------------------------------------------------------------ vectors -> pixels

// Where the results of 16 tiles go, in the plane of any channel: 4 × 4 pixels, or 2 × 2 pooled ones.
typedef struct {
  size_t plane, row_step;
  size_t offset[16];  // of each tile's first pixel
  int32_t rows[16], columns[16];
} tile_results;

INLINE tile_results find_results(const cc_winograd_planes *p, const cc_winograd_tile *tiles, const int COUNT) {
  const int64_t pool = p->pooled ? 2 : 1, height = p->height / pool, width = p->width / pool, side = 4 / pool;
  tile_results f = {.plane = (size_t)(height * width), .row_step = (size_t)(p->dilation_height * width)};
  for (int t = 0; t < COUNT && tiles[t].row >= 0; t++) {
    const int64_t row = tiles[t].row / pool, column = tiles[t].column / pool;
    f.offset[t] = tiles[t].block * p->block_step + (size_t)(row * width + column);
    f.rows[t] = (int32_t)cc_inside(row, p->dilation_height, side, height).end;
    f.columns[t] = (int32_t)cc_inside(column, p->dilation_width, side, width).end;
  }
  return f;
}

// Four vectors hold four results of each tile side by side, as load_quads finds them.
INLINE const float *results_of(const float *results, int tile) { return results + tile % 4 * 16 + tile / 4 * 4; }

// [SIDE · SIDE][16 tiles] -> the pixels that exist.
INLINE void scatter_tiles(const tile_results *f, v16 *value, int64_t across, float *plane, const int SIDE) {
  enum { ROW = 64, HALF = 2 };  // floats from one row of a tile to the next
  float results[16 * 16] __attribute__((aligned(64)));
  UNROLL for (int i = 0; i < SIDE * SIDE; i += 4) {
    transpose4(value + i);
    UNROLL for (int j = 0; j < 4; j++) store(results + (i + j) * 16, value[i + j]);
  }
  const int step = SIDE == 4 ? ROW : HALF;
  for (int t = 0; t < 16; t++) {
    const float *from = results_of(results, t);
    float *to = plane + f->offset[t];
    if (across == 1 && f->rows[t] == SIDE && f->columns[t] == SIDE)
      UNROLL for (int r = 0; r < SIDE; r++) memcpy(to + r * f->row_step, from + r * step, SIDE * sizeof *to);
    else
      for (int r = 0; r < f->rows[t]; r++)
        for (int s = 0; s < f->columns[t]; s++) to[r * f->row_step + s * across] = from[r * step + s];
  }
}

// Where each pooled pixel comes from.
INLINE void scatter_winners(const tile_results *f, const i16 winner[4], uint16_t *plane) {
  float results[4 * 16] __attribute__((aligned(64)));
  v16 value[4];
  UNROLL for (int i = 0; i < 4; i++) value[i] = (v16)winner[i];
  transpose4(value);
  UNROLL for (int i = 0; i < 4; i++) store(results + i * 16, value[i]);
  for (int t = 0; t < 16; t++)
    for (int r = 0; r < f->rows[t]; r++)
      for (int s = 0; s < f->columns[t]; s++) {
        int32_t at;
        memcpy(&at, results_of(results, t) + r * 2 + s, sizeof at);
        plane[f->offset[t] + r * f->row_step + s] = (uint16_t)at;
      }
}
