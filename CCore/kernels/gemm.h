// The matrix product of one task: packing, and a tile of c in registers (BLIS's vocabulary: MR, NR, KC, MC).
//
//   for each panel along k, of equal depth up to KC
//     pack b, unless it is in vectors already                   NC / 16 × (KC × 16), stays in the second-level cache
//     for each MC rows
//       pack a, if it is transposed, large and wide             MC / MR × (KC × MR)
//       for each strip of MR rows                               KC × MR of a stay in L1
//         for each NR columns: the tile                         a is read by broadcasts
//
// Packed b has the form of an interleaved activation, so the tile reads both in the same way.
#pragma once
#include "kernels.h"
#include "patches.h"
#include "vector.h"

// A tile has MR × NR / 16 accumulators, or so many of more rows if it is narrow; 32 registers hold 24 of them, 4 vectors of b
// and a broadcast.
enum {
  MR = CC_REGISTERS >= 8 ? CC_GEMM_TILE_ROWS : 2,
  NR = CC_REGISTERS >= 32 ? CC_GEMM_TILE_COLUMNS : 16,
  ACCUMULATORS = MR * (NR / 16),
  KC = CC_GEMM_PANEL_DEPTH,
  MC = CC_GEMM_PANEL_ROWS,
  NC = CC_GEMM_MOST_COLUMNS,
  STREAMS = 32,  // rows that hardware prefetchers follow at a time
  STRIP = CC_GEMM_PACKED_ROWS,  // of packed a, side by side
  COLUMNS_AHEAD = 8,            // of a, and rows of b, that packing fetches
  ROWS_AHEAD = 3,
};

typedef struct {
  const float *a;  // a(i, p) = a[i · a_row + p / 16 · a_block + p % 16 · a_column]
  size_t a_row, a_column, a_block;
  const float *ahead;  // the rows of a after the strip: no hardware prefetcher finds short runs in rows far apart
  const float *b;  // b(p, 16 j + lane) = b[j · b_block + p · b_row + lane], whole vectors
  size_t b_row, b_block;
  size_t b_ahead;  // floats to the columns to be fetched meanwhile, 0 if there are none
  float *c;
  size_t c_row, c_block;
  size_t depth;
  size_t last_lanes;  // columns of c in the last vector
  cc_gemm_start start;
  const float *row_bias, *column_bias;
} gemm_tile;

INLINE void multiply_tile(const gemm_tile t, const int ROWS, const int VECTORS, const bool FETCHES) {
  v16 sum[ACCUMULATORS];
  UNROLL for (int i = 0; i < ROWS * VECTORS; i++) sum[i] = splat(0);
  if (t.start == CC_START_C) {  // only then: stores alone need not wait for memory
    UNROLL for (int i = 0; i < ROWS; i++)
      UNROLL for (int j = 0; j < VECTORS; j++) __builtin_prefetch(t.c + i * t.c_row + j * t.c_block, 1);
  }
  const float *a = t.a, *b = t.b, *ahead = t.ahead;
  for (size_t p = 0; p < t.depth; p += 16, a += t.a_block, ahead += t.a_block) {
    size_t run = t.depth - p < 16 ? t.depth - p : 16;
    UNROLL for (int i = 0; i < ROWS; i++) __builtin_prefetch(ahead + i * t.a_row);
    const float *column = a;
    for (size_t q = 0; q < run; q++, column += t.a_column, b += t.b_row) {
      v16 row[NR / 16];
      UNROLL for (int j = 0; j < VECTORS; j++) row[j] = load(b + j * t.b_block);
      if (FETCHES) UNROLL for (int j = 0; j < VECTORS; j++) __builtin_prefetch(b + j * t.b_block + t.b_ahead);
      UNROLL for (int i = 0; i < ROWS; i++) {
        v16 value = splat(column[i * t.a_row]);
        UNROLL for (int j = 0; j < VECTORS; j++) sum[i * VECTORS + j] += value * row[j];
      }
    }
  }
#define TILE_LANES (j == VECTORS - 1 ? t.last_lanes : 16)
#define EACH(TERM) \
  UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < VECTORS; j++) { TERM; }
  if (t.start == CC_START_C) EACH(sum[i * VECTORS + j] += load_lanes(t.c + i * t.c_row + j * t.c_block, TILE_LANES))
  if (t.start == CC_START_ROW_BIAS) EACH(sum[i * VECTORS + j] += splat(t.row_bias[i]))
  if (t.start == CC_START_COLUMN_BIAS) EACH(sum[i * VECTORS + j] += load_lanes(t.column_bias + 16 * j, TILE_LANES))
  EACH(store_lanes(t.c + i * t.c_row + j * t.c_block, sum[i * VECTORS + j], TILE_LANES))
#undef EACH
#undef TILE_LANES
}

// To the columns after so many vectors.
INLINE void advance(gemm_tile *t, size_t vectors) {
  t->b += vectors * t->b_block, t->c += vectors * t->c_block;
  if (t->start == CC_START_COLUMN_BIAS) t->column_bias += vectors * 16;
}

// Tiles side by side, of which the last has last_lanes. t is a copy: a store to c changes nothing in it.
INLINE void multiply_strip(gemm_tile t, size_t tiles, const int ROWS, const int VECTORS, const bool FETCHES) {
  const size_t last_lanes = t.last_lanes;
  t.last_lanes = 16;
  for (; tiles > 0; tiles--, advance(&t, VECTORS)) {
    if (tiles == 1) t.last_lanes = last_lanes;
    multiply_tile(t, ROWS, VECTORS, FETCHES);
  }
}

// The height of a tile: one of a single vector waits for its broadcasts, not for its sums.
INLINE size_t tile_rows(size_t vectors) { return vectors == 1 && ACCUMULATORS >= 8 ? 8 : ACCUMULATORS / vectors; }

// A function for each size of tile that fits the registers.
static void multiply_strip_of(const gemm_tile *t, size_t tiles, size_t rows, size_t vectors) {
#define TILE(ROWS, VECTORS) \
  case VECTORS * 16 + ROWS: \
    if (VECTORS > NR / 16 || ROWS > tile_rows(VECTORS)) return; \
    if (t->b_ahead && ROWS <= MR) multiply_strip(*t, tiles, ROWS, VECTORS, true); \
    else multiply_strip(*t, tiles, ROWS, VECTORS, false); \
    return;
#define TILES(VECTORS) \
  TILE(1, VECTORS) TILE(2, VECTORS) TILE(3, VECTORS) TILE(4, VECTORS) TILE(5, VECTORS) TILE(6, VECTORS) \
  TILE(7, VECTORS) TILE(8, VECTORS) TILE(9, VECTORS) TILE(10, VECTORS) TILE(11, VECTORS) TILE(12, VECTORS)
  switch (vectors * 16 + rows) { TILES(1) TILES(2) TILES(3) TILES(4) }
#undef TILES
#undef TILE
}

// 16 × 16 elements of x from (row, column) on, of which rows × columns exist, transposed; the others are zero.
INLINE void load_transposed(const cc_matrix *x, size_t row, size_t rows, size_t column, size_t columns, v16 block[16]) {
  const float *from = x->data + column / 16 * x->block_stride + row * x->row_stride;
  if (columns >= 16 || x->whole_blocks) {
    UNROLL for (size_t i = 0; i < 16; i++) block[i] = i < rows ? load(from + i * x->row_stride) : splat(0);
  } else {
    float part[16][16] = {0};
    for (size_t i = 0; i < rows && i < 16; i++)
      memcpy(part[i], from + i * x->row_stride, (columns < 16 ? columns : 16) * sizeof(float));
    UNROLL for (int i = 0; i < 16; i++) block[i] = load(part[i]);
  }
  transpose16(block);
}

// Rows [p, p + depth) and `columns` columns of b from `column` on -> packed [vectors][b_block], depth × 16 of each, the last
// vector filled up with zeros. Row by row as they lie in memory.
static void pack_b(const cc_gemm_problem *g, size_t p, size_t depth, size_t column, size_t columns, size_t b_block,
                    float *packed) {
  if (g->transpose_b) {
    for (size_t j = 0; j < columns; j += 16, packed += b_block)
      for (size_t q = 0; q < depth; q += 16) {
        v16 block[16];
        load_transposed(&g->b, column + j, columns - j, p + q, depth - q, block);
        UNROLL for (int i = 0; i < 16; i++) store(packed + (q + i) * 16, block[i]);
      }
  } else {
    for (size_t q = 0; q < depth; q++) {
      const float *from = g->b.data + column / 16 * g->b.block_stride + (p + q) * g->b.row_stride;
      float *to = packed + q * 16;
      for (size_t j = 0; j < columns; j += 16, from += g->b.block_stride, to += b_block) {
        __builtin_prefetch(from + ROWS_AHEAD * g->b.row_stride);
        store(to, load_lanes(from, lanes_left(columns, j)));
      }
    }
  }
}

// The same where b is the matrix of patches, or its transpose: 16 taps at a time then.
static void pack_patches(const cc_gemm_problem *g, size_t p, size_t depth, size_t column, size_t columns, size_t b_block,
                          float *packed) {
  float rows[16][KC + 16];
  float wide[NC + 16];
  patch_window window;
  if (!g->transpose_b) {
    size_t vectors = (columns + 15) / 16;
    set_window(&window, g->patches, column, columns);
    for (size_t q = 0; q < depth; q++) {
      patch_row(g->patches, &window, p + q, column, columns, wide);
      store(wide + columns, splat(0));
      for (size_t j = 0; j < vectors; j++) store(packed + j * b_block + q * 16, load(wide + j * 16));
    }
    return;
  }
  set_window(&window, g->patches, p, depth);
  for (size_t j = 0; j < columns; j += 16, packed += b_block) {
    for (size_t i = 0; i < 16; i++) {
      if (i < columns - j) patch_row(g->patches, &window, column + j + i, p, depth, rows[i]);
      else memset(rows[i], 0, depth * sizeof(float));
    }
    for (size_t q = 0; q < depth; q += 16) {  // past the depth: not read
      v16 block[16];
      UNROLL for (int i = 0; i < 16; i++) block[i] = load(rows[i] + q);
      transpose16(block);
      UNROLL for (int i = 0; i < 16; i++) store(packed + (q + i) * 16, block[i]);
    }
  }
}

// Columns [p, p + depth) and rows [row, row + count) of a, which is transposed: its columns are rows in memory,
// far apart -> packed [count / STRIP][depth][STRIP].
static void pack_a(const cc_gemm_problem *g, size_t p, size_t depth, size_t row, size_t count, float *packed) {
  for (size_t q = 0; q < depth; q++) {
    const float *from = g->a.data + (p + q) * g->a.row_stride + row;
    float *to = packed + q * STRIP;
    for (size_t strip = 0; strip < count; strip += STRIP, to += depth * STRIP)
      for (size_t i = strip; i < count && i < strip + STRIP; i += 16) {
        __builtin_prefetch(from + i + COLUMNS_AHEAD * g->a.row_stride);
        store(to + i - strip, load_lanes(from + i, lanes_left(count, i)));
      }
  }
}

// Rows × columns of c. scratch: CC_GEMM_SCRATCH_FLOATS if anything is packed.
static void multiply_block(const cc_gemm_problem *g, cc_gemm_packing packing, cc_span rows, cc_span columns,
                           float *scratch) {
  float *packed_b = packing.b ? scratch : NULL, *packed_a = packing.a ? scratch + CC_GEMM_PACKED_FLOATS : NULL;
  size_t count = columns.end - columns.begin, vectors = (count + 15) / 16, panels = (vectors + NR / 16 - 1) / (NR / 16);
  size_t all = rows.end - rows.begin;
  const size_t tallest = tile_rows((vectors + panels - 1) / panels), strips = (all + tallest - 1) / tallest;
  const size_t height = packing.a ? tallest : (all + strips - 1) / strips;
  const size_t wide = vectors % panels;  // so many panels, the first, have one vector more
  const size_t lanes = count % 16 == 0 || g->c.whole_blocks ? 16 : count % 16;
  gemm_tile t = {.c_row = g->c.row_stride, .c_block = g->c.block_stride, .start = g->start};
  t.b_row = packing.b ? 16 : g->b.row_stride;
  t.a_row = g->transpose_a ? 1 : g->a.row_stride;
  t.a_column = packing.a ? STRIP : g->transpose_a ? g->a.row_stride : 1;
  t.a_block = g->transpose_a ? 16 * t.a_column : g->a.block_stride;
  // Rows of b that are read where they lie, from memory: so few at a time that the hardware fetches ahead in each of them,
  // and the tile too if it computes long enough.
  const bool streams = !packing.b && g->b.row_stride > 16 && g->n * g->k > CC_GEMM_CACHED_ELEMENTS;
  t.b_ahead = streams && height > 4 ? NR : 0;
  const size_t most = streams && g->k > STREAMS + 16 ? STREAMS : KC;
  size_t parts = (g->k + most - 1) / most, step = parts ? ((g->k + parts - 1) / parts + 15) / 16 * 16 : KC, p = 0;
  t.b_block = packing.b ? cc_gemm_packed_block(step) : g->b.block_stride;
  do {  // once even if k is 0
    t.depth = g->k - p < step ? g->k - p : step;
    if (g->patches) pack_patches(g, p, t.depth, columns.begin, count, t.b_block, packed_b);
    else if (packing.b) pack_b(g, p, t.depth, columns.begin, count, t.b_block, packed_b);
    const float *a = g->a.data + (g->transpose_a ? p * g->a.row_stride : p / 16 * g->a.block_stride);
    for (size_t row = rows.begin; row < rows.end; row += height) {
      size_t at = (row - rows.begin) % MC, left = rows.end - row;
      if (packing.a && at == 0) pack_a(g, p, t.depth, row, left < MC ? left : MC, packed_a);
      t.a = packing.a ? packed_a + at / STRIP * STRIP * t.depth + at % STRIP : a + row * t.a_row;
      t.ahead = t.a + height * t.a_row;
      t.b = packing.b ? packed_b : g->b.data + p * t.b_row + columns.begin / 16 * t.b_block;
      t.c = g->c.data + row * t.c_row + columns.begin / 16 * t.c_block;
      if (g->bias) t.row_bias = g->bias + row, t.column_bias = g->bias + columns.begin;
      const size_t tile_height = left < height ? left : height;
      if (wide > 0) {
        t.last_lanes = 16;
        multiply_strip_of(&t, wide, tile_height, vectors / panels + 1);
        advance(&t, wide * (vectors / panels + 1));
      }
      t.last_lanes = lanes;
      multiply_strip_of(&t, panels - wide, tile_height, vectors / panels);
    }
    t.start = CC_START_C;
    p += step;
  } while (p < g->k);
}

// dbias[o] = the sum of dy over the images; dy: [blocks][outputs][16].
static void sum_images(size_t blocks, size_t outputs, const float *dy, float *dbias) {
  for (size_t o = 0; o < outputs; o++) {
    v16 sum = splat(0);
    for (size_t block = 0; block < blocks; block++) sum += load(dy + (block * outputs + o) * 16);
    dbias[o] = horizontal_sum(sum);
  }
}

#define GEMM_KERNELS {multiply_block, multiply_dots, multiply_rows, sum_images}
