// Reductions. float32 and float64 accumulate in double, integers in int64.
//
// x is cut into units: one index of `outer`, up to WIDTH columns of `inner`, and a block of `reduced` of a size that
// depends on the shape alone. If there are several blocks, their results are reduced in a second pass of the same code.
#include "buffer.h"
#include "elementwise.h"
#include "parallel.h"
#include <math.h>

enum { WIDTH = 512, GRAIN = 16384, ENOUGH_UNITS = 64, FOLD = 64 };

// One accumulator for each column.
typedef union {
  double real[WIDTH];
  int64_t integer[WIDTH];
  char bytes[WIDTH * 8];
} accumulators;

// results[i] = results[i] op x[r][i] for all r in order. NaN: greater or not equal to itself, and then nothing replaces it.
#define ACCUMULATE(NAME, TYPE, RESULT, ARITHMETIC) \
  static void NAME(cc_reduce_op op, size_t rows, size_t stride, size_t width, const TYPE *x, RESULT *results) { \
    for (size_t r = 0; r < rows; r++, x += stride) switch (op) { \
      case CC_SUM: \
        for (size_t i = 0; i < width; i++) results[i] = (RESULT)((ARITHMETIC)results[i] + (ARITHMETIC)x[i]); \
        break; \
      case CC_PRODUCT: \
        for (size_t i = 0; i < width; i++) results[i] = (RESULT)((ARITHMETIC)results[i] * (ARITHMETIC)x[i]); \
        break; \
      case CC_MAX: \
        for (size_t i = 0; i < width; i++) results[i] = ((x[i] > results[i]) | (x[i] != x[i])) ? (RESULT)x[i] : results[i]; \
        break; \
      default: \
        for (size_t i = 0; i < width; i++) results[i] = ((x[i] < results[i]) | (x[i] != x[i])) ? (RESULT)x[i] : results[i]; \
      } \
  }
ACCUMULATE(accumulate_float32, float, double, double)
ACCUMULATE(accumulate_float64, double, double, double)
ACCUMULATE(accumulate_int32, int32_t, int64_t, uint64_t)
ACCUMULATE(accumulate_int64, int64_t, int64_t, uint64_t)
ACCUMULATE(accumulate_uint8, uint8_t, int64_t, uint64_t)

static void accumulate(cc_reduce_op op, cc_dtype dtype, size_t rows, size_t stride, size_t width, const void *x,
                       accumulators *results) {
  switch (dtype) {
  case CC_FLOAT32: accumulate_float32(op, rows, stride, width, x, results->real); break;
  case CC_FLOAT64: accumulate_float64(op, rows, stride, width, x, results->real); break;
  case CC_INT32: accumulate_int32(op, rows, stride, width, x, results->integer); break;
  case CC_INT64: accumulate_int64(op, rows, stride, width, x, results->integer); break;
  case CC_UINT8:
  case CC_BOOL: accumulate_uint8(op, rows, stride, width, x, results->integer); break;
  default: break;
  }
}

static cc_dtype accumulator_dtype(cc_dtype dtype) {
  return dtype == CC_FLOAT32 || dtype == CC_FLOAT64 ? CC_FLOAT64 : CC_INT64;
}

static void set_identity(cc_reduce_op op, cc_dtype dtype, size_t width, accumulators *results) {
  bool real = accumulator_dtype(dtype) == CC_FLOAT64;
  double identity = op == CC_SUM ? 0 : op == CC_PRODUCT ? 1 : op == CC_MAX ? -INFINITY : INFINITY;
  int64_t integer = op == CC_SUM ? 0 : op == CC_PRODUCT ? 1 : op == CC_MAX ? INT64_MIN : INT64_MAX;
  for (size_t i = 0; i < width; i++)
    if (real) results->real[i] = identity;
    else results->integer[i] = integer;
}

// Few columns would wait for one another's sums: rows that follow each other in memory are taken together as one wide
// row, whose accumulators are then halved until one row is left.
static void accumulate_rows(cc_reduce_op op, cc_dtype dtype, size_t rows, size_t stride, size_t width, const char *x,
                            accumulators *results) {
  size_t together = stride == width && width > 0 ? FOLD / width : 0;
  if (together < 2 || rows < together) {
    set_identity(op, dtype, width, results);
    accumulate(op, dtype, rows, stride, width, x, results);
    return;
  }
  size_t wide_rows = rows / together, wide_width = together * width;
  set_identity(op, dtype, wide_width, results);
  accumulate(op, dtype, wide_rows, wide_width, wide_width, x, results);
  while (together > 1) {
    size_t half = together / 2;
    accumulate(op, accumulator_dtype(dtype), 1, 0, half * width, results->bytes + (together - half) * width * 8, results);
    together -= half;
  }
  size_t done = wide_rows * wide_width / width;
  accumulate(op, dtype, rows - done, stride, width, x + done * width * cc_dtype_bytes(dtype), results);
}

static void write_results(cc_dtype dtype, size_t count, const accumulators *results, void *y) {
#define WRITE(TYPE, FIELD) \
  for (size_t i = 0; i < count; i++) ((TYPE *)y)[i] = (TYPE)results->FIELD[i];
  switch (dtype) {
  case CC_FLOAT32: WRITE(float, real) break;
  case CC_FLOAT64: WRITE(double, real) break;
  case CC_INT32: WRITE(int32_t, integer) break;
  case CC_INT64: WRITE(int64_t, integer) break;
  case CC_UINT8:
  case CC_BOOL: WRITE(uint8_t, integer) break;
  default: break;
  }
#undef WRITE
}

// x: outer × reduced × inner of dtype -> y: outer × blocks × inner of y_dtype.
typedef struct {
  cc_reduce_op op;
  cc_dtype dtype, y_dtype;
  size_t outer, reduced, inner, block_rows, blocks, chunks, units_per_task;
  const char *x;
  char *y;
} reduction;

static void reduce_units(void *context, size_t task) {
  const reduction *r = context;
  size_t units = r->outer * r->chunks * r->blocks, end = (task + 1) * r->units_per_task;
  for (size_t unit = task * r->units_per_task; unit < end && unit < units; unit++) {
    size_t block = unit % r->blocks, chunk = unit / r->blocks % r->chunks, o = unit / r->blocks / r->chunks;
    size_t row = block * r->block_rows, rows = r->reduced - row < r->block_rows ? r->reduced - row : r->block_rows;
    cc_span columns = cc_split(r->inner, chunk, r->chunks);
    size_t from = (o * r->reduced + row) * r->inner + columns.begin;
    size_t to = (o * r->blocks + block) * r->inner + columns.begin;
    accumulators results;
    accumulate_rows(r->op, r->dtype, rows, r->inner, columns.end - columns.begin, r->x + from * cc_dtype_bytes(r->dtype),
                    &results);
    write_results(r->y_dtype, columns.end - columns.begin, &results, r->y + to * cc_dtype_bytes(r->y_dtype));
  }
}

static void run_units(reduction *r) {
  size_t unit_work = (r->block_rows < r->reduced ? r->block_rows : r->reduced) * (r->inner / r->chunks) + 64;
  r->units_per_task = unit_work < GRAIN ? GRAIN / unit_work : 1;
  cc_parallel(cc_task_count(r->outer * r->chunks * r->blocks, r->units_per_task), reduce_units, r);
}

static cc_status reduce_values(cc_reduce_op op, cc_dtype dtype, size_t outer, size_t reduced, size_t inner, const void *x,
                               void *y) {
  reduction r = {.op = op, .dtype = dtype, .y_dtype = dtype, .outer = outer, .reduced = reduced, .inner = inner,
                 .block_rows = reduced, .blocks = 1, .chunks = cc_task_count(inner, WIDTH), .x = x, .y = y};
  size_t width = inner / r.chunks, block_rows = (GRAIN + width - 1) / width;
  if (outer * r.chunks >= ENOUGH_UNITS || reduced <= block_rows) {
    run_units(&r);
    return CC_OK;
  }
  r.block_rows = block_rows;
  r.blocks = (reduced + block_rows - 1) / block_rows;
  r.y_dtype = accumulator_dtype(dtype);
  size_t bytes = outer * r.blocks * inner * sizeof(double);
  void *partial = cc_buffer_take(bytes);
  if (!partial) return CC_NO_MEMORY;
  r.y = partial;
  run_units(&r);
  reduction second = {.op = op, .dtype = r.y_dtype, .y_dtype = dtype, .outer = outer, .reduced = r.blocks, .inner = inner,
                      .block_rows = r.blocks, .blocks = 1, .chunks = r.chunks, .x = partial, .y = y};
  run_units(&second);
  cc_buffer_give(partial, bytes);
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ indices

// The first element that none exceeds; a NaN exceeds all numbers.
#define FIND(NAME, TYPE) \
  static int32_t NAME(bool largest, size_t count, size_t stride, const TYPE *x) { \
    TYPE best = *x; \
    size_t at = 0; \
    for (size_t r = 1; r < count; r++) { \
      TYPE v = x[r * stride]; \
      if ((largest ? v > best : v < best) || (v != v && best == best)) best = v, at = r; \
    } \
    return (int32_t)at; \
  }
FIND(find_float32, float)
FIND(find_float64, double)
FIND(find_int32, int32_t)
FIND(find_int64, int64_t)
FIND(find_uint8, uint8_t)

static void find_units(void *context, size_t task) {
  const reduction *r = context;
  bool largest = r->op == CC_ARGMAX;
  size_t count = r->outer * r->inner, end = (task + 1) * r->units_per_task;
  for (size_t i = task * r->units_per_task; i < end && i < count; i++) {
    const char *x = r->x + (i / r->inner * r->reduced * r->inner + i % r->inner) * cc_dtype_bytes(r->dtype);
    int32_t *y = (int32_t *)r->y + i;
    switch (r->dtype) {
    case CC_FLOAT32: *y = find_float32(largest, r->reduced, r->inner, (const float *)x); break;
    case CC_FLOAT64: *y = find_float64(largest, r->reduced, r->inner, (const double *)x); break;
    case CC_INT32: *y = find_int32(largest, r->reduced, r->inner, (const int32_t *)x); break;
    case CC_INT64: *y = find_int64(largest, r->reduced, r->inner, (const int64_t *)x); break;
    case CC_UINT8:
    case CC_BOOL: *y = find_uint8(largest, r->reduced, r->inner, (const uint8_t *)x); break;
    default: break;
    }
  }
}

cc_status cc_reduce(cc_reduce_op op, cc_dtype dtype, size_t outer, size_t reduced, size_t inner, const void *x, void *y) {
  bool arithmetic = op == CC_SUM || op == CC_PRODUCT, finds = op == CC_ARGMAX || op == CC_ARGMIN;
  if ((unsigned)op > CC_ARGMIN || cc_dtype_bytes(dtype) == 0 || (dtype == CC_BOOL && arithmetic)) return CC_UNSUPPORTED;
  if (dtype == CC_COMPLEX64 || dtype == CC_COMPLEX128)  // a sum of pairs is a pair of sums
    return op != CC_SUM ? CC_UNSUPPORTED
                        : cc_reduce(op, dtype == CC_COMPLEX64 ? CC_FLOAT32 : CC_FLOAT64, outer, reduced, 2 * inner, x, y);
  if ((reduced == 0 && !arithmetic) || (finds && reduced > INT32_MAX)) return CC_BAD_SHAPE;
  if (outer == 0 || inner == 0) return CC_OK;
  if (!y || (reduced > 0 && !x)) return CC_BAD_POINTER;
  if (!finds) return reduce_values(op, dtype, outer, reduced, inner, x, y);
  reduction r = {.op = op, .dtype = dtype, .outer = outer, .reduced = reduced, .inner = inner,
                 .units_per_task = reduced < GRAIN ? GRAIN / reduced : 1, .x = x, .y = y};
  cc_parallel(cc_task_count(outer * inner, r.units_per_task), find_units, &r);
  return CC_OK;
}
