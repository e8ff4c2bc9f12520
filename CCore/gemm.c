#include "gemm.h"
#include "blas.h"
#include "buffer.h"
#include "kernels/kernels.h"
#include <limits.h>
#include <string.h>

typedef struct {
  const cc_gemm_problem *problem;
  const cc_gemm_kernels *kernels;
  cc_gemm_packing packing;
  size_t row_parts, column_parts;
  float *scratch;  // if anything is packed: a slot for each task at a time
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
  float *scratch = g->scratch ? g->scratch + cc_task_slot() * CC_GEMM_SCRATCH_FLOATS : NULL;
  g->kernels->multiply_block(p, g->packing, rows, columns, scratch);
}

static size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

// b is packed if it must be transposed or filled up to whole vectors, or if its rows are read often enough. a is read
// where it is, unless it is transposed and its rows lie so far apart that they fall on few lines of the caches.
static cc_gemm_packing choose_packing(const cc_gemm_problem *p) {
  bool fills_vectors = p->n % 16 == 0 || p->b.whole_blocks, is_interleaved = p->b.row_stride == 16;
  return (cc_gemm_packing){
      .a = p->transpose_a && p->a.row_stride >= 1024,
      .b = p->patches || p->transpose_b || !fills_vectors || (!is_interleaved && p->m > 2 * CC_GEMM_TILE_ROWS),
  };
}

// Estimated time of a grid, in multiplications. A task pays for its part of c, for reading a and b, more for packing
// and most for transposing them, and for being started; the last round of tasks is rarely full.
static double cost(const grid *g, size_t row_parts, size_t column_parts, size_t threads) {
  const cc_gemm_problem *p = g->problem;
  double rows = (double)(divide_up(divide_up(p->m, CC_GEMM_TILE_ROWS), row_parts) * CC_GEMM_TILE_ROWS);
  double columns = (double)(divide_up(divide_up(p->n, 16), column_parts) * 16);
  double a = g->packing.a ? 5 : 2, b = !g->packing.b ? 3 : p->patches ? 24 : p->transpose_b ? 12 : 5;
  double task = (double)p->k * (rows * columns + a * rows + b * columns) + 20000;
  size_t tasks = row_parts * column_parts;
  return threads == 1 ? task * (double)tasks : task * ((double)divide_up(tasks, threads) + 0.25);
}

// Few rows are not worth the packing of b.
enum { FEW_ROWS = 8, PRODUCTS_PER_TASK = 1 << 16 };

typedef struct {
  const cc_gemm_problem *problem;
  size_t tasks;
} rows_job;

static void run_rows(void *context, size_t task) {
  const rows_job *job = context;
  cc_active_kernels()->gemm.multiply_rows(job->problem, cc_split(job->problem->n, task, job->tasks));
}

static bool has_few_rows(const cc_gemm_problem *p) {
  return p->transpose_b && !p->transpose_a && !p->patches && p->m <= FEW_ROWS && p->a.block_stride == 16 && p->b.block_stride == 16;
}

cc_status cc_gemm_run(const cc_gemm_problem *p) {
  if (p->m == 0 || p->n == 0) return CC_OK;
  if (has_few_rows(p)) {
    rows_job job = {p, smaller(divide_up(p->n, 4), cc_task_count(p->m * p->n * p->k, PRODUCTS_PER_TASK))};
    cc_parallel(job.tasks, run_rows, &job);
    return CC_OK;
  }
  size_t row_tiles = divide_up(p->m, CC_GEMM_TILE_ROWS), column_tiles = divide_up(p->n, CC_GEMM_TILE_COLUMNS);
  size_t threads = (size_t)cc_thread_count();
  grid g = {.problem = p, .kernels = &cc_active_kernels()->gemm, .packing = choose_packing(p)};
  double best = -1;
  for (size_t columns = divide_up(p->n, CC_GEMM_MOST_COLUMNS); columns <= column_tiles; columns++) {
    size_t fewest = divide_up(p->m * divide_up(p->n, columns), CC_GEMM_MOST_ELEMENTS);
    for (size_t rows = fewest; rows <= smaller(row_tiles, fewest + 4 * threads); rows++) {
      double now = cost(&g, rows, columns, threads);
      if (best < 0 || now < best) best = now, g.row_parts = rows, g.column_parts = columns;
    }
  }
  size_t bytes = g.packing.a || g.packing.b ? cc_task_slots() * CC_GEMM_SCRATCH_FLOATS * sizeof(float) : 0;
  if (bytes && !(g.scratch = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  cc_parallel(g.row_parts * g.column_parts, run_task, &g);
  cc_buffer_give(g.scratch, bytes);
  return CC_OK;
}

// The last element of a row-major matrix must be countable.
static bool is_valid(size_t rows, size_t columns, size_t stride, size_t element_bytes) {
  size_t elements, bytes;
  return rows == 0 || columns == 0 ||
         (stride >= columns && !__builtin_mul_overflow(rows, stride, &elements) &&
          !__builtin_mul_overflow(elements, element_bytes, &bytes) && bytes < PTRDIFF_MAX);
}

// Every dtype but float32, whose kernel is our own.
static cc_status gemm_blas(cc_dtype dtype, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const void *a,
                           size_t lda, const void *b, size_t ldb, bool accumulate, void *c, size_t ldc) {
  if (k == 0) {
    for (size_t i = 0; i < m && !accumulate; i++)
      memset((char *)c + i * ldc * cc_dtype_bytes(dtype), 0, n * cc_dtype_bytes(dtype));
    return CC_OK;
  }
  if (larger(larger(m, n), larger(k, larger(lda, larger(ldb, ldc)))) > INT_MAX) return CC_BAD_SHAPE;
  int a_order = transpose_a ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE, b_order = transpose_b ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE;
  float _Complex one = 1, share = accumulate;
  double _Complex wide_one = 1, wide_share = accumulate;
  cc_blas_enter();
  switch (dtype) {
  case CC_COMPLEX64:
    cblas_cgemm(CBLAS_ROW_MAJOR, a_order, b_order, (int)m, (int)n, (int)k, &one, a, (int)lda, b, (int)ldb, &share, c, (int)ldc);
    break;
  case CC_COMPLEX128:
    cblas_zgemm(CBLAS_ROW_MAJOR, a_order, b_order, (int)m, (int)n, (int)k, &wide_one, a, (int)lda, b, (int)ldb, &wide_share, c,
                (int)ldc);
    break;
  default:
    cblas_dgemm(CBLAS_ROW_MAJOR, a_order, b_order, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb, accumulate, c, (int)ldc);
  }
  return CC_OK;
}

cc_status cc_gemm(cc_dtype dtype, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const void *a,
                  size_t lda, const void *b, size_t ldb, bool accumulate, void *c, size_t ldc) {
  bool is_real = dtype == CC_FLOAT32 || dtype == CC_FLOAT64;
  if (!is_real && dtype != CC_COMPLEX64 && dtype != CC_COMPLEX128) return CC_UNSUPPORTED;
  size_t bytes = cc_dtype_bytes(dtype);
  if (!is_valid(transpose_a ? k : m, transpose_a ? m : k, lda, bytes) ||
      !is_valid(transpose_b ? n : k, transpose_b ? k : n, ldb, bytes) || !is_valid(m, n, ldc, bytes))
    return CC_BAD_SHAPE;
  if (m == 0 || n == 0) return CC_OK;
  if (!c || (k > 0 && (!a || !b))) return CC_BAD_POINTER;
  if (dtype != CC_FLOAT32)
    return gemm_blas(dtype, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, accumulate, c, ldc);
  cc_gemm_problem problem = {
      .m = m, .n = n, .k = k,
      .a = {(float *)a, lda, 16, false}, .b = {(float *)b, ldb, 16, false}, .c = {c, ldc, 16, false},
      .transpose_a = transpose_a, .transpose_b = transpose_b,
      .start = accumulate ? CC_START_C : CC_START_ZERO,
  };
  return cc_gemm_run(&problem);
}
