#include "gemm.h"
#include "blas.h"
#include "buffer.h"
#include "kernels/kernels.h"
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

static size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

// ------------------------------------------------------------------------------------------------ one way to say it

static bool is_row_major(const cc_matrix *x) { return x->block_stride == 16; }

static size_t width(const cc_gemm_problem *p) { return p->columns.end - p->columns.begin; }

// Whether what is computed of c lies in memory without gaps, and the floats of such a c: whole blocks if it is interleaved.
static bool is_dense(const cc_gemm_problem *p) {
  if (width(p) != p->n) return false;
  return is_row_major(&p->c) ? p->c.row_stride == p->n : p->c.row_stride == 16 && p->c.block_stride == p->m * 16;
}
static size_t dense_floats(const cc_gemm_problem *p) {
  return p->m * (is_row_major(&p->c) ? p->n : divide_up(p->n, 16) * 16);
}

// A row or a column that lies in memory without gaps can be called transposed or not, and a product that is one column is
// the transposed product, one row: the kernels meet rows only, and b transposed where that can be.
static cc_gemm_problem simplified(cc_gemm_problem p) {
  if (p.patches || !is_row_major(&p.a) || !is_row_major(&p.b) || !is_row_major(&p.c)) return p;
  if (p.m == 1 && p.transpose_a && p.a.row_stride == 1) p.transpose_a = false, p.a.row_stride = p.k;
  if (p.n == 1 && !p.transpose_b && p.b.row_stride == 1) p.transpose_b = true, p.b.row_stride = p.k;
  if (p.n == 1 && p.m > 1 && p.c.row_stride == 1) {
    cc_matrix row = p.b;
    p.b = p.a, p.a = row;
    bool is_row = p.transpose_b;
    p.transpose_b = !p.transpose_a, p.transpose_a = !is_row;
    p.n = p.m, p.m = 1, p.columns = (cc_span){0};
    if (p.start == CC_START_ROW_BIAS) p.start = CC_START_COLUMN_BIAS;
    else if (p.start == CC_START_COLUMN_BIAS) p.start = CC_START_ROW_BIAS;
  }
  return p;
}

// ------------------------------------------------------------------------------------------------ the plan

typedef enum { BLOCKS, DOTS, ROWS } method;

typedef struct {
  cc_gemm_problem problem;
  const cc_gemm_kernels *kernels;
  method method;
  cc_gemm_packing packing;
  size_t row_parts, column_parts, depth_parts;
  float *scratch;   // if anything is packed: a slot for each task at a time
  float *partial;   // c of each part of k but the first
} grid;

// More rows of a are worth the packing of b: fewer where sums are so short that adding up their lanes counts. A task of few
// rows has so many columns: of a sum of rows, what stays in L1. Parts of k are worth their own sums from so many terms and
// products on.
enum {
  LEAST_DOT_ROWS = 8, MOST_DOT_ROWS = 16, TERMS_PER_DOT_ROW = 8, DOT_COLUMNS = 64, ROW_COLUMNS = 4096,
  FEW_ELEMENTS = 1024, PRODUCTS_PER_TASK = 1 << 16, LEAST_DEPTH = 512, PART_PRODUCTS = 1 << 18,
  PAGE_FLOATS = 1024, LEAST_PACKED = 1 << 22,
};

static bool is_far(const cc_gemm_problem *p) { return (p->m + p->n) * p->k > CC_GEMM_CACHED_ELEMENTS; }

// b is packed if it must be transposed or filled up to whole vectors, or if its rows are read often enough. a is read
// where it is, unless it is transposed, its rows lie on pages of their own or nearly so, and it comes from memory, or more
// than once from the one set of a first-level cache that all rows fall on.
static cc_gemm_packing choose_packing(const cc_gemm_problem *p) {
  bool fills_vectors = p->n % 16 == 0 || p->b.whole_blocks, is_interleaved = p->b.row_stride == 16;
  bool conflicts = p->a.row_stride % PAGE_FLOATS == 0 && p->n > CC_GEMM_TILE_COLUMNS && p->m * p->n * p->k > LEAST_PACKED;
  return (cc_gemm_packing){
      .a = p->transpose_a && p->a.row_stride >= 256 && (is_far(p) || conflicts),
      .b = p->patches || p->transpose_b || !fills_vectors || (!is_interleaved && p->m > 2 * CC_GEMM_TILE_ROWS),
  };
}

// Few rows: dot products where b is transposed, else sums of rows of b.
static method choose_method(const cc_gemm_problem *p) {
  if (p->patches || !is_row_major(&p->a) || !is_row_major(&p->b) || !is_row_major(&p->c)) return BLOCKS;
  if (!p->transpose_b) return p->m == 1 ? ROWS : BLOCKS;
  if (p->transpose_a) return BLOCKS;
  size_t dot_rows = smaller(MOST_DOT_ROWS, larger(LEAST_DOT_ROWS, p->k / TERMS_PER_DOT_ROW));
  return p->m <= dot_rows || (p->m * p->n <= FEW_ELEMENTS && p->k > LEAST_DEPTH) ? DOTS : BLOCKS;
}

// Powers of two, which follow from the shape so that the sums do not depend on the number of threads: where c is small
// against a and b there is no other work to split, and each is read once. Interleaved images only if they come from memory:
// they are not packed, and rows of c share them at no other cost. The rows of b are split that way too: parts of all rows lie
// on few lines of a cache.
static size_t choose_depth_parts(const grid *g) {
  const cc_gemm_problem *p = &g->problem;
  size_t elements = p->m * p->n, least = larger(larger(LEAST_DEPTH, elements / 8), PRODUCTS_PER_TASK / elements), parts = 1;
  if (g->method == ROWS) least = divide_up(PART_PRODUCTS, elements);
  else if (p->patches || p->k < 16 * larger(p->m, p->n) || elements * p->k < PART_PRODUCTS) return 1;
  else if (!is_row_major(&p->c) && !(is_dense(p) && is_far(p))) return 1;
  while (2 * parts * least <= p->k) parts *= 2;
  return parts;
}

// Short columns of packed b: so many that the rows of c are long runs of memory.
static size_t most_columns(const grid *g) {
  if (!g->packing.b || g->problem.patches) return CC_GEMM_MOST_COLUMNS;
  return CC_GEMM_PACKED_FLOATS / cc_gemm_packed_block(smaller(g->problem.k, CC_GEMM_PANEL_DEPTH)) * 16;
}

static size_t row_unit(const grid *g) { return g->packing.a ? CC_GEMM_PACKED_ROWS : CC_GEMM_TILE_ROWS; }

// Estimated time of a grid, in multiplications. A task pays for its part of c, for reading a and b, more for packing
// and most for transposing them or if they come from memory, and for being started; the threads do not end at the same
// time, and the team must be called. Parts of the rows of a large c are short runs of memory, and where two threads write
// them, the prefetch past a part takes lines from the other thread's core.
static double cost(const grid *g, size_t row_parts, size_t column_parts, size_t threads) {
  const cc_gemm_problem *p = &g->problem;
  double rows = (double)(divide_up(divide_up(p->m, row_unit(g)), row_parts) * row_unit(g));
  double columns = (double)(divide_up(divide_up(width(p), 16), column_parts) * 16);
  double a = !g->packing.a ? 2 : is_far(p) ? 30 : 5;
  double b = !g->packing.b ? 3 : p->patches ? 24 : is_far(p) ? 30 : p->transpose_b ? 12 : 5;
  bool cuts_rows = column_parts > 1 && is_row_major(&p->c) && 4 * p->m * p->n > CC_GEMM_CACHED_ELEMENTS;
  double task = (double)p->k / (double)g->depth_parts * (rows * columns + a * rows + b * columns) + 20000;
  if (cuts_rows) task += 1000 * rows;
  size_t tasks = row_parts * column_parts * g->depth_parts;
  if (threads == 1 || tasks == 1) return task * (double)tasks;
  bool shares_rows = cuts_rows && row_parts % threads != 0;
  return task * ((double)divide_up(tasks, threads) + 0.05) + (shares_rows ? 1000 * (double)p->m : 0) + 40000;
}

static void choose_parts(grid *g, size_t threads) {
  const cc_gemm_problem *p = &g->problem;
  g->row_parts = 1;
  if (g->method != BLOCKS) {
    size_t columns = g->method == ROWS ? ROW_COLUMNS : DOT_COLUMNS, products = p->m * width(p) * p->k / g->depth_parts;
    g->column_parts = smaller(divide_up(width(p), columns), cc_task_count(products, PRODUCTS_PER_TASK));
    return;
  }
  size_t row_tiles = divide_up(p->m, row_unit(g)), column_tiles = divide_up(width(p), CC_GEMM_TILE_COLUMNS);
  size_t least_columns = divide_up(width(p), most_columns(g));
  double best = -1;
  for (size_t columns = least_columns; columns <= smaller(column_tiles, least_columns + 4 * threads); columns++)
    for (size_t rows = 1; rows <= smaller(row_tiles, 4 * threads); rows++) {
      double now = cost(g, rows, columns, threads);
      if (best < 0 || now < best) best = now, g->row_parts = rows, g->column_parts = columns;
    }
}

// ------------------------------------------------------------------------------------------------ running it

static cc_span whole_tiles(size_t count, size_t tile, size_t part, size_t parts) {
  cc_span span = cc_split(divide_up(count, tile), part, parts);
  return (cc_span){smaller(span.begin * tile, count), smaller(span.end * tile, count)};
}

// The product over one part of k.
static cc_gemm_problem part_of(const grid *g, size_t part) {
  cc_gemm_problem p = g->problem;
  if (g->depth_parts == 1) return p;
  cc_span depth = whole_tiles(p.k, 16, part, g->depth_parts);
  p.k = depth.end - depth.begin;
  p.a.data += p.transpose_a ? depth.begin * p.a.row_stride : depth.begin / 16 * p.a.block_stride;
  p.b.data += p.transpose_b ? depth.begin / 16 * p.b.block_stride : depth.begin * p.b.row_stride;
  if (part == 0) return p;
  p.c.data = g->partial + (part - 1) * dense_floats(&p);
  if (is_row_major(&p.c)) p.c.row_stride = p.n;
  p.start = CC_START_ZERO;
  return p;
}

static void run_task(void *context, size_t task) {
  const grid *g = context;
  size_t column_part = task % g->column_parts, row_part = task / g->column_parts % g->row_parts;
  cc_gemm_problem p = part_of(g, task / g->column_parts / g->row_parts);
  cc_span columns = whole_tiles(width(&p), 16, column_part, g->column_parts);
  columns.begin += p.columns.begin, columns.end += p.columns.begin;
  switch (g->method) {
  case DOTS: g->kernels->multiply_dots(&p, columns); break;
  case ROWS: g->kernels->multiply_rows(&p, columns); break;
  case BLOCKS:
    g->kernels->multiply_block(&p, g->packing, whole_tiles(p.m, row_unit(g), row_part, g->row_parts), columns,
                               g->scratch ? g->scratch + cc_task_slot() * CC_GEMM_SCRATCH_FLOATS : NULL);
  }
}

// Rows of c plus those of the parts, in order.
static void add_parts(void *context, size_t row) {
  const grid *g = context;
  const cc_gemm_problem *p = &g->problem;
  size_t floats = dense_floats(p), count = is_dense(p) ? floats : width(p), first = p->columns.begin;  // one task for all rows
  for (size_t part = 1; part < g->depth_parts; part++)
    cc_active_kernels()->elementwise.accumulate(count, 1, g->partial + (part - 1) * floats + row * p->n + first,
                                                p->c.data + row * p->c.row_stride + first);
}

// Whether a matrix that is read once and that no second-level cache holds is read from its end: every other time, for what was
// read last is still there. Kept for its address, or another's with the same remainder.
static bool reads_backwards(const grid *g) {
  static atomic_bool forwards[64];
  const cc_gemm_problem *p = &g->problem;
  if (g->method != DOTS || p->n * p->k <= CC_GEMM_CACHED_ELEMENTS) return false;
  return atomic_fetch_xor_explicit(&forwards[(uintptr_t)p->b.data / 64 % 64], true, memory_order_relaxed);
}

cc_status cc_gemm_run(const cc_gemm_problem *problem) {
  if (problem->m == 0 || problem->n == 0) return CC_OK;
  grid g = {.problem = simplified(*problem), .kernels = &cc_active_kernels()->gemm};
  const cc_gemm_problem *p = &g.problem;
  if (p->columns.end == 0) g.problem.columns = (cc_span){0, p->n};
  g.method = choose_method(p);
  g.depth_parts = choose_depth_parts(&g);
  if (g.method == BLOCKS) g.packing = choose_packing(p);
  choose_parts(&g, cc_free_threads());
  size_t scratch = g.packing.a || g.packing.b ? cc_task_slots() * CC_GEMM_SCRATCH_FLOATS : 0;
  size_t floats = scratch + (g.depth_parts - 1) * dense_floats(p);
  float *memory = NULL;
  if (floats && !(memory = cc_buffer_take(floats * sizeof(float)))) return CC_NO_MEMORY;
  if (scratch) g.scratch = memory;
  if (floats > scratch) g.partial = memory + scratch;
  (reads_backwards(&g) ? cc_parallel_backwards : cc_parallel)(g.row_parts * g.column_parts * g.depth_parts, run_task, &g);
  if (g.depth_parts > 1) cc_parallel(is_dense(p) ? 1 : p->m, add_parts, &g);
  cc_buffer_give(memory, floats * sizeof(float));
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ the interface

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
  cc_blas_leave();
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
