#include "gemm.h"
#include "blas.h"
#include "kernels/kernels.h"
#include <limits.h>

// Multiplications that are worth a task: about 8 µs.
enum { TASK_WORK = 500000 };

typedef struct {
  const cc_gemm_problem *problem;
  const cc_gemm_kernels *kernels;
  size_t row_parts, column_parts;
} grid;

static void run_task(void *context, size_t task) {
  const grid *g = context;
  const cc_gemm_problem *p = g->problem;
  cc_span rows = cc_split((p->m + CC_GEMM_TILE_ROWS - 1) / CC_GEMM_TILE_ROWS, task / g->column_parts, g->row_parts);
  cc_span columns = cc_split((p->n + 15) / 16, task % g->column_parts, g->column_parts);
  rows = (cc_span){rows.begin * CC_GEMM_TILE_ROWS, rows.end * CC_GEMM_TILE_ROWS};
  columns = (cc_span){columns.begin * 16, columns.end * 16};
  if (rows.end > p->m) rows.end = p->m;
  if (columns.end > p->n) columns.end = p->n;
  g->kernels->multiply_block(p, rows, columns);
}

static size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

void cc_gemm_run(const cc_gemm_problem *p) {
  if (p->m == 0 || p->n == 0) return;
  size_t row_tiles = divide_up(p->m, CC_GEMM_TILE_ROWS), column_tiles = divide_up(p->n, CC_GEMM_TILE_COLUMNS);
  size_t least_rows = divide_up(p->m, p->transpose_a ? CC_GEMM_MOST_ROWS_TRANSPOSED : CC_GEMM_MOST_ROWS);
  size_t least_columns = divide_up(p->n, CC_GEMM_MOST_COLUMNS);
  double work = (double)p->m * (double)p->n * (double)p->k;
  size_t threads = (size_t)cc_thread_count();
  size_t wanted = threads == 1 || work < 2.0 * TASK_WORK ? 1 : smaller(4 * threads, (size_t)(work / TASK_WORK));
  // Of the grids with enough tasks, the one that reads least: every part of the rows reads b, every part of the
  // columns reads a; a transposing pack costs as much as three reads.
  grid best = {p, &cc_active_kernels()->gemm, least_rows, least_columns};
  double a_cost = (double)p->m, b_cost = (double)p->n * (p->transpose_b ? 3 : 1), best_cost = -1;
  for (size_t rows = least_rows; rows <= smaller(row_tiles, larger(least_rows, wanted)); rows++) {
    size_t columns = smaller(larger(least_columns, divide_up(wanted, rows)), column_tiles);
    if (rows * columns < wanted && rows < row_tiles) continue;
    double cost = (double)columns * a_cost + (double)rows * b_cost;
    if (best_cost < 0 || cost < best_cost) best_cost = cost, best.row_parts = rows, best.column_parts = columns;
  }
  cc_parallel(best.row_parts * best.column_parts, run_task, &best);
}

// The last element of a row-major matrix must be countable.
static bool is_valid(size_t rows, size_t columns, size_t stride, size_t element_bytes) {
  size_t elements, bytes;
  return rows == 0 || columns == 0 ||
         (stride >= columns && !__builtin_mul_overflow(rows, stride, &elements) &&
          !__builtin_mul_overflow(elements, element_bytes, &bytes) && bytes < PTRDIFF_MAX);
}

static cc_status gemm_double(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const double *a, size_t lda,
                             const double *b, size_t ldb, bool accumulate, double *c, size_t ldc) {
  if (k == 0) {
    for (size_t i = 0; i < m && !accumulate; i++)
      for (size_t j = 0; j < n; j++) c[i * ldc + j] = 0;
    return CC_OK;
  }
  if (larger(larger(m, n), larger(k, larger(lda, larger(ldb, ldc)))) > INT_MAX) return CC_BAD_SHAPE;
  cc_blas_enter(false);
  cblas_dgemm(CBLAS_ROW_MAJOR, transpose_a ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE,
              transpose_b ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb,
              accumulate, c, (int)ldc);
  cc_blas_leave(false);
  return CC_OK;
}

cc_status cc_gemm(cc_dtype dtype, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const void *a,
                  size_t lda, const void *b, size_t ldb, bool accumulate, void *c, size_t ldc) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  size_t bytes = cc_dtype_bytes(dtype);
  if (!is_valid(transpose_a ? k : m, transpose_a ? m : k, lda, bytes) ||
      !is_valid(transpose_b ? n : k, transpose_b ? k : n, ldb, bytes) || !is_valid(m, n, ldc, bytes))
    return CC_BAD_SHAPE;
  if (m == 0 || n == 0) return CC_OK;
  if (!c || (k > 0 && (!a || !b))) return CC_BAD_POINTER;
  if (dtype == CC_FLOAT64) return gemm_double(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
  cc_gemm_problem problem = {
      .m = m, .n = n, .k = k,
      .a = {(float *)a, lda, 16, false}, .b = {(float *)b, ldb, 16, false}, .c = {c, ldc, 16, false},
      .transpose_a = transpose_a, .transpose_b = transpose_b,
      .start = accumulate ? CC_START_C : CC_START_ZERO,
  };
  cc_gemm_run(&problem);
  return CC_OK;
}
