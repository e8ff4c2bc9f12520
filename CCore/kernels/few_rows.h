// Matrix products with few rows of a, as for a single image in a fully connected layer: b is read once and as it lies in
// memory, instead of being packed.
#pragma once
#include "kernels.h"
#include "vector.h"

enum { DOT_ROWS = CC_REGISTERS >= 32 ? 4 : 1, DOT_COLUMNS = 4, RUN = 8 };

INLINE float start_at(const cc_gemm_problem *g, size_t row, size_t column) {
  switch (g->start) {
  case CC_START_ZERO: return 0;
  case CC_START_C: return g->c.data[row * g->c.row_stride + column];
  case CC_START_ROW_BIAS: return g->bias[row];
  case CC_START_COLUMN_BIAS: return g->bias[column];
  }
}

// ------------------------------------------------------------------------------------------------ b transposed: dot products

INLINE void add_products(const cc_gemm_problem *g, const float *a, const float *b, size_t lanes, const int ROWS,
                         const int COLUMNS, v16 *sum) {
  v16 x[DOT_ROWS];
  UNROLL for (int i = 0; i < ROWS; i++) x[i] = load_lanes(a + i * g->a.row_stride, lanes);
  UNROLL for (int j = 0; j < COLUMNS; j++) {
    const v16 y = load_lanes(b + j * g->b.row_stride, lanes);
    UNROLL for (int i = 0; i < ROWS; i++) sum[i * DOT_COLUMNS + j] += x[i] * y;
  }
}

INLINE void dot_tile(const cc_gemm_problem *g, size_t row, size_t column, const int ROWS, const int COLUMNS) {
  const float *a = g->a.data + row * g->a.row_stride, *b = g->b.data + column * g->b.row_stride;
  v16 sum[DOT_ROWS * DOT_COLUMNS];
  UNROLL for (int n = 0; n < ROWS * DOT_COLUMNS; n++) sum[n] = splat(0);
  size_t p = 0;
  for (; p + 16 <= g->k; p += 16) add_products(g, a + p, b + p, 16, ROWS, COLUMNS, sum);
  if (p < g->k) add_products(g, a + p, b + p, g->k - p, ROWS, COLUMNS, sum);
  UNROLL for (int i = 0; i < ROWS; i++) {
    const v16 *s = sum + i * DOT_COLUMNS;
    const v4 total = horizontal_sum4(s[0], s[1], s[2], s[3]);
    float *c = g->c.data + (row + i) * g->c.row_stride + column;
    UNROLL for (int j = 0; j < COLUMNS; j++) c[j] = start_at(g, row + i, column + j) + total[j];
  }
}

INLINE void dot_columns(const cc_gemm_problem *g, size_t height, size_t column, const int COLUMNS) {
  for (size_t row = 0; row < g->m; row += height) {
#define TILE(ROWS) \
  case ROWS: \
    if (ROWS <= DOT_ROWS) dot_tile(g, row, column, ROWS, COLUMNS); \
    break;
    switch (g->m - row < height ? g->m - row : height) { TILE(1) TILE(2) TILE(3) TILE(4) }
#undef TILE
  }
}

static void multiply_dots(const cc_gemm_problem *g, cc_span columns) {
  const size_t tiles = (g->m + DOT_ROWS - 1) / DOT_ROWS, height = (g->m + tiles - 1) / tiles;
  size_t column = columns.begin;
  for (; column + DOT_COLUMNS <= columns.end; column += DOT_COLUMNS) dot_columns(g, height, column, DOT_COLUMNS);
  for (; column < columns.end; column++) dot_columns(g, height, column, 1);
}

// ------------------------------------------------------------------------------------------------ rows of b times factors

// One row of c plus RUN rows of b: streams of memory, while c stays in L1.
INLINE void add_run(const float *b, size_t b_row, const v16 *factor, float *c, size_t lanes, const int COUNT) {
  v16 sum = load_lanes(c, lanes);
  UNROLL for (int q = 0; q < COUNT; q++) sum += factor[q] * load_lanes(b + q * b_row, lanes);
  store_lanes(c, sum, lanes);
}

INLINE void add_rows(const cc_gemm_problem *g, size_t row, size_t p, cc_span columns, const int COUNT) {
  const size_t a_row = g->transpose_a ? 1 : g->a.row_stride, a_column = g->transpose_a ? g->a.row_stride : 1;
  const float *a = g->a.data + row * a_row + p * a_column, *b = g->b.data + p * g->b.row_stride;
  float *c = g->c.data + row * g->c.row_stride;
  v16 factor[RUN];
  UNROLL for (int q = 0; q < COUNT; q++) factor[q] = splat(a[q * a_column]);
  size_t j = columns.begin;
  for (; j + 16 <= columns.end; j += 16) add_run(b + j, g->b.row_stride, factor, c + j, 16, COUNT);
  if (j < columns.end) add_run(b + j, g->b.row_stride, factor, c + j, columns.end - j, COUNT);
}

static void multiply_rows(const cc_gemm_problem *g, cc_span columns) {
  for (size_t row = 0; row < g->m && g->start != CC_START_C; row++)
    for (size_t j = columns.begin; j < columns.end; j++) g->c.data[row * g->c.row_stride + j] = start_at(g, row, j);
  size_t p = 0;
  for (; p + RUN <= g->k; p += RUN)
    for (size_t row = 0; row < g->m; row++) add_rows(g, row, p, columns, RUN);
  for (; p < g->k; p++)
    for (size_t row = 0; row < g->m; row++) add_rows(g, row, p, columns, 1);
}
