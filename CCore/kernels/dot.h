// The matrix product a · bᵀ with few rows of a, as for a single image in a fully connected layer: dot products, so that b is
// read once and as it lies in memory, instead of being packed.
#pragma once
#include "kernels.h"
#include "vector.h"

enum { DOT_ROWS = CC_REGISTERS >= 32 ? 4 : 1, DOT_COLUMNS = 4 };

INLINE void dot_tile(const cc_gemm_problem *g, size_t row, size_t column, const int ROWS, const int COLUMNS) {
  const float *a = g->a.data + row * g->a.row_stride, *b = g->b.data + column * g->b.row_stride;
  v16 sum[DOT_ROWS * DOT_COLUMNS];
  UNROLL for (int n = 0; n < ROWS * DOT_COLUMNS; n++) sum[n] = splat(0);
  for (size_t p = 0; p < g->k; p += 16) {
    const size_t lanes = lanes_left(g->k, p);
    v16 x[DOT_ROWS];
    UNROLL for (int i = 0; i < ROWS; i++) x[i] = load_lanes(a + i * g->a.row_stride + p, lanes);
    UNROLL for (int j = 0; j < COLUMNS; j++) {
      const v16 y = load_lanes(b + j * g->b.row_stride + p, lanes);
      UNROLL for (int i = 0; i < ROWS; i++) sum[i * DOT_COLUMNS + j] += x[i] * y;
    }
  }
  UNROLL for (int i = 0; i < ROWS; i++) {
    const v16 *s = sum + i * DOT_COLUMNS;
    const v4 total = horizontal_sum4(s[0], s[1], s[2], s[3]);
    float *c = g->c.data + (row + i) * g->c.row_stride + column;
    UNROLL for (int j = 0; j < COLUMNS; j++) {
      float start = 0;
      if (g->start == CC_START_C) start = c[j];
      if (g->start == CC_START_ROW_BIAS) start = g->bias[row + i];
      if (g->start == CC_START_COLUMN_BIAS) start = g->bias[column + j];
      c[j] = start + total[j];
    }
  }
}

INLINE void dot_columns(const cc_gemm_problem *g, size_t column, const int COLUMNS) {
  size_t row = 0;
  for (; row + DOT_ROWS <= g->m; row += DOT_ROWS) dot_tile(g, row, column, DOT_ROWS, COLUMNS);
  for (; row < g->m; row++) dot_tile(g, row, column, 1, COLUMNS);
}

static void multiply_rows(const cc_gemm_problem *g, cc_span columns) {
  size_t column = columns.begin;
  for (; column + DOT_COLUMNS <= columns.end; column += DOT_COLUMNS) dot_columns(g, column, DOT_COLUMNS);
  for (; column < columns.end; column++) dot_columns(g, column, 1);
}
