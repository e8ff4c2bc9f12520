// Tiles of row-major images, 16 of which take the place of 16 images: from pixels to vectors and back.
#pragma once
#include "kernels.h"
#include "patches.h"
#include "vector.h"

// rows[i] holds 8 elements twice: rows[i][8 h + j] <-> rows[j][8 h + i], h < 2.
INLINE void transpose8(v16 rows[8]) {
  UNROLL for (int round = 0; round < 3; round++) {
    v16 next[8];
    UNROLL for (int i = 0; i < 4; i++) {
      next[2 * i] = __builtin_shufflevector(rows[i], rows[i + 4], 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
      next[2 * i + 1] =
          __builtin_shufflevector(rows[i], rows[i + 4], 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 8; i++) rows[i] = next[i];
  }
}

INLINE v16 join8(v8 a, v8 b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

INLINE v8 join4(v4 a, v4 b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7); }

// SIZE × SIZE pixels of 16 tiles -> [SIZE · SIZE][16 tiles], zeros outside the plane and where there is no tile.
//
// First, the rows of pixels under each run of neighbouring tiles: 4 pixels for each tile, and 4 more for the last one.
INLINE void gather_tiles(const cc_winograd_planes *p, const cc_winograd_tile *tiles, size_t channel, float *to, const int SIZE) {
  float rows[SIZE][16 * 8];
  int at[16], end = 0;
  for (int t = 0, run; t < 16; t += run) {
    const cc_winograd_tile first = tiles[t];
    const int64_t down = p->dilation_height, across = p->dilation_width;
    for (run = 1; t + run < 16 && tiles[t + run].row == first.row && tiles[t + run].column == first.column + 4 * run * across;) run++;
    const float *plane = p->data + first.block * p->block_step + channel * p->height * p->width;
    const int64_t left = first.column + p->left, count = 4 * run + 4;
    for (int r = 0; r < SIZE; r++) {
      const int64_t row = first.row + p->top + r * down;
      const bool exists = first.row >= 0 && row >= 0 && row < p->height;
      copy_padded(rows[r] + end, plane + (exists ? row * p->width : 0), left, across, count, exists ? p->width : 0);
    }
    for (int i = 0; i < run; i++) at[t + i] = end + 4 * i;
    end += (int)count;
  }
  if (SIZE == 4) {
    v16 block[16];
    UNROLL for (int t = 0; t < 16; t++) {
      v4 row[4];
      UNROLL for (int r = 0; r < 4; r++) row[r] = *(const v4_unaligned *)(rows[r] + at[t]);
      block[t] = join8(join4(row[0], row[1]), join4(row[2], row[3]));
    }
    transpose16(block);
    UNROLL for (int i = 0; i < 16; i++) store(to + i * 16, block[i]);
    return;
  }
  UNROLL for (int r = 0; r < SIZE; r++) {
    v16 block[8];
    UNROLL for (int t = 0; t < 8; t++)
      block[t] = join8(*(const v8_unaligned *)(rows[r] + at[t]), *(const v8_unaligned *)(rows[r] + at[t + 8]));
    transpose8(block);
    UNROLL for (int s = 0; s < SIZE; s++) store(to + (r * SIZE + s) * 16, block[s]);
  }
}

// 4 × 4 pixels of 16 tiles -> the pixels that exist.
INLINE void scatter_tiles(v16 tile[16], const cc_winograd_planes *p, const cc_winograd_tile *tiles, size_t channel) {
  transpose16(tile);
  float pixels[16][16];
  UNROLL for (int t = 0; t < 16; t++) store(pixels[t], tile[t]);
  for (int t = 0; t < 16 && tiles[t].row >= 0; t++) {
    const int64_t column = tiles[t].column, across = p->dilation_width, width = p->width;
    float *plane = p->data + tiles[t].block * p->block_step + channel * p->height * width;
    for (int64_t r = 0, row = tiles[t].row; r < 4 && row < p->height; r++, row += p->dilation_height) {
      float *to = plane + row * width;
      if (across == 1 && column + 4 <= width) *(v4_unaligned *)(to + column) = *(const v4_unaligned *)(pixels[t] + r * 4);
      else for (int64_t s = 0; s < 4 && column + s * across < width; s++) to[column + s * across] = pixels[t][r * 4 + s];
    }
  }
}
