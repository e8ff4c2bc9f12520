// The matrix product of one task: packing, and a tile of c in registers (BLIS's vocabulary: MR, NR, KC, MC).
//
//   for each panel of KC along k
//     if a is transposed, copy the task's rows of it              KC × MC
//     for each panel of NR columns
//       pack b into vectors, unless it is in vectors already      NR / 16 × KC × 16: stays in L1
//       for each MR rows: the tile                                a is read by broadcasts
//
// Packed b has the form of an interleaved activation, so the tile reads both in the same way.
#pragma once
#include "kernels.h"
#include "vector.h"

// A tile has MR × NR / 16 accumulators; 32 registers hold 24 of them, 4 vectors of b and a broadcast.
enum {
  MR = CC_REGISTERS >= 8 ? CC_GEMM_TILE_ROWS : 2,
  NR = CC_REGISTERS >= 32 ? CC_GEMM_TILE_COLUMNS : 16,
  KC = 128,
  MC = CC_GEMM_MOST_ROWS_TRANSPOSED,
  // Copying b into vectors pays if more rows than these read it.
  ROWS_WORTH_PACKING = 2 * CC_GEMM_TILE_ROWS,
};

typedef struct {
  const float *a;  // a(i, p) = a[i · a_row + p / 16 · a_block + p % 16 · a_column]
  size_t a_row, a_column, a_block;
  const float *b;  // b(p, 16 j + lane) = b[j · b_block + p · b_row + lane], whole vectors
  size_t b_row, b_block;
  float *c;
  size_t c_row, c_block;
  size_t depth;
  size_t last_lanes;  // columns of c in the last vector
  cc_gemm_start start;
  const float *row_bias, *column_bias;
} gemm_tile;

INLINE void multiply_tile(const gemm_tile *t, const int ROWS, const int VECTORS) {
  v16 sum[MR * (NR / 16)];
  UNROLL for (int i = 0; i < ROWS; i++)
    UNROLL for (int j = 0; j < VECTORS; j++) {
      size_t lanes = j == VECTORS - 1 ? t->last_lanes : 16;
      v16 start = splat(0);
      if (t->start == CC_START_C) start = load_lanes(t->c + i * t->c_row + j * t->c_block, lanes);
      if (t->start == CC_START_ROW_BIAS) start = splat(t->row_bias[i]);
      if (t->start == CC_START_COLUMN_BIAS) start = load_lanes(t->column_bias + 16 * j, lanes);
      sum[i * VECTORS + j] = start;
    }
  const float *a = t->a, *b = t->b;
  for (size_t left = t->depth; left > 0; a += t->a_block) {
    size_t run = left < 16 ? left : 16;
    left -= run;
    const float *column = a;
    for (size_t p = 0; p < run; p++, column += t->a_column, b += t->b_row) {
      v16 row[NR / 16];
      UNROLL for (int j = 0; j < VECTORS; j++) row[j] = load(b + j * t->b_block);
      UNROLL for (int i = 0; i < ROWS; i++) {
        v16 value = splat(column[i * t->a_row]);
        UNROLL for (int j = 0; j < VECTORS; j++) sum[i * VECTORS + j] += value * row[j];
      }
    }
  }
  UNROLL for (int i = 0; i < ROWS; i++)
    UNROLL for (int j = 0; j < VECTORS; j++)
      store_lanes(t->c + i * t->c_row + j * t->c_block, sum[i * VECTORS + j], j == VECTORS - 1 ? t->last_lanes : 16);
}

// A function for each size of tile that fits the registers.
static void multiply_tile_of(const gemm_tile *t, size_t rows, size_t vectors) {
#define TILE(ROWS, VECTORS) \
  case VECTORS * 8 + ROWS: \
    if (ROWS <= MR && VECTORS <= NR / 16) multiply_tile(t, ROWS, VECTORS); \
    return;
#define TILES(VECTORS) TILE(1, VECTORS) TILE(2, VECTORS) TILE(3, VECTORS) TILE(4, VECTORS) TILE(5, VECTORS) TILE(6, VECTORS)
  switch (vectors * 8 + rows) { TILES(1) TILES(2) TILES(3) TILES(4) }
#undef TILES
#undef TILE
}

// 16 × 16 elements of x from (row, column) on, of which rows × columns exist, transposed; the others are zero.
INLINE void load_transposed(const cc_matrix *x, size_t row, size_t rows, size_t column, size_t columns, v16 block[16]) {
  const float *from = x->data + column / 16 * x->block_stride + row * x->row_stride;
  if (rows >= 16 && (columns >= 16 || x->whole_blocks)) {
    UNROLL for (int i = 0; i < 16; i++) block[i] = load(from + i * x->row_stride);
  } else {
    float part[16][16] = {0};
    for (size_t i = 0; i < rows && i < 16; i++)
      memcpy(part[i], from + i * x->row_stride, (columns < 16 ? columns : 16) * sizeof(float));
    UNROLL for (int i = 0; i < 16; i++) block[i] = load(part[i]);
  }
  transpose16(block);
}

// Rows [p, p + depth) of b, `columns` columns from `column` on -> packed [vectors][KC][16], the last vector filled up with zeros.
static void pack_b(const cc_gemm_problem *g, size_t p, size_t depth, size_t column, size_t columns, float *packed) {
  for (size_t done = 0; done < columns; done += 16, packed += KC * 16) {
    size_t lanes = columns - done;
    if (g->transpose_b) {
      for (size_t q = 0; q < depth; q += 16) {
        v16 block[16];
        load_transposed(&g->b, column + done, lanes, p + q, depth - q, block);
        UNROLL for (int i = 0; i < 16; i++) store(packed + (q + i) * 16, block[i]);
      }
    } else {
      const float *from = g->b.data + (column + done) / 16 * g->b.block_stride + p * g->b.row_stride;
      for (size_t q = 0; q < depth; q++)
        store(packed + q * 16, load_lanes(from + q * g->b.row_stride, lanes < 16 ? lanes : 16));
    }
  }
}

// Columns [p, p + depth) of a, which are rows in memory, the task's part of each: packed [depth][MC].
static void copy_transposed_a(const cc_gemm_problem *g, size_t p, size_t depth, cc_span rows, float *packed) {
  const float *from = g->a.data + p * g->a.row_stride + rows.begin;
  size_t count = rows.end - rows.begin;
  for (size_t q = 0; q < depth; q++, from += g->a.row_stride, packed += MC) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) store(packed + i, load(from + i));
    for (; i < count; i++) packed[i] = from[i];
  }
}

// Rows × columns of c; columns.begin is a multiple of 16.
static void multiply_block(const cc_gemm_problem *g, cc_span rows, cc_span columns) {
  float packed_a[KC * MC] __attribute__((aligned(64)));
  float packed_b[KC * NR] __attribute__((aligned(64)));
  gemm_tile t = {.c_row = g->c.row_stride, .c_block = g->c.block_stride, .start = g->start};
  size_t p = 0;
  do {  // once even if k is 0
    t.depth = g->k - p < KC ? g->k - p : KC;
    if (g->transpose_a) copy_transposed_a(g, p, t.depth, rows, packed_a);
    size_t vectors = (columns.end - columns.begin + 15) / 16, panels = (vectors + NR / 16 - 1) / (NR / 16);
    for (size_t panel = 0; panel < panels; panel++) {
      cc_span part = cc_split(vectors, panel, panels);
      size_t column = columns.begin + part.begin * 16;
      size_t count = part.end == vectors ? columns.end - column : (part.end - part.begin) * 16;
      bool partial = count % 16 && !g->b.whole_blocks;
      bool narrow = g->b.row_stride == 16 || rows.end - rows.begin <= ROWS_WORTH_PACKING;
      if (g->transpose_b || partial || !narrow) {
        pack_b(g, p, t.depth, column, count, packed_b);
        t.b = packed_b, t.b_row = 16, t.b_block = KC * 16;
      } else {
        t.b = g->b.data + column / 16 * g->b.block_stride + p * g->b.row_stride;
        t.b_row = g->b.row_stride, t.b_block = g->b.block_stride;
      }
      t.last_lanes = g->c.whole_blocks || count % 16 == 0 ? 16 : count % 16;
      if (g->start == CC_START_COLUMN_BIAS) t.column_bias = g->bias + column;
      for (size_t row = rows.begin; row < rows.end; row += MR) {
        size_t count_rows = rows.end - row < MR ? rows.end - row : MR;
        if (g->transpose_a) t.a = packed_a + (row - rows.begin), t.a_row = 1, t.a_column = MC, t.a_block = 16 * MC;
        else {
          t.a = g->a.data + row * g->a.row_stride + p / 16 * g->a.block_stride;
          t.a_row = g->a.row_stride, t.a_column = 1, t.a_block = g->a.block_stride;
        }
        t.c = g->c.data + row * t.c_row + column / 16 * t.c_block;
        if (g->start == CC_START_ROW_BIAS) t.row_bias = g->bias + row;
        multiply_tile_of(&t, count_rows, part.end - part.begin);
      }
    }
    t.start = CC_START_C;
    p += KC;
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

#define GEMM_KERNELS {multiply_block, sum_images}
