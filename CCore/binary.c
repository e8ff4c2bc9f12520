// Elementwise operations of two operands with broadcasting.
//
// Dimensions that both operands walk through in one stride are merged, so that most calls end with one or two. A task
// is a range of the result, row by row of the last dimension; a row is one call of the operation's loop.
#include "elementwise.h"
#include "formulas.h"
#include "kernels/kernels.h"
#include "layout.h"
#include <math.h>

enum { GRAIN = 16384 };  // elements of one task

// ------------------------------------------------------------------------------------------------ loops of one row

#define ROW(NAME, OP, TYPE, RESULT, FORMULA) \
  static void NAME##_##OP(size_t count, const void *as, ptrdiff_t a_stride, const void *bs, ptrdiff_t b_stride, void *y) { \
    for (size_t i = 0; i < count; i++) { \
      TYPE a = ((const TYPE *)as)[(ptrdiff_t)i * a_stride], b = ((const TYPE *)bs)[(ptrdiff_t)i * b_stride]; \
      ((RESULT *)y)[i] = (RESULT)(FORMULA); \
    } \
  }

static double choose(bool condition, double a, double b) { return condition ? a : b; }
#define power pow
#define FLOAT64(OP, FORMULA) ROW(float64, OP, double, double, FORMULA)
#define FLOAT64_COMPARISON(OP, FORMULA) ROW(float64, OP, double, uint8_t, FORMULA)
CC_FLOAT_ARITHMETIC_FORMULAS(FLOAT64)
CC_COMPARISON_FORMULAS(FLOAT64_COMPARISON)

// Integers wrap, x / 0 = 0, and a negative exponent gives the integer part of the real power (0 for 0).
static uint64_t integer_power(uint64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == UINT64_MAX ? (exponent % 2 ? base : 1) : 0;
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

// In uint64_t, of which the low bits are those of every narrower type. The smallest number divided by −1 wraps too.
#define INTEGER_ARITHMETIC_FORMULAS(F) \
  F(CC_ADD, (uint64_t)a + (uint64_t)b) \
  F(CC_SUBTRACT, (uint64_t)a - (uint64_t)b) \
  F(CC_MULTIPLY, (uint64_t)a *(uint64_t)b) \
  F(CC_DIVIDE, b == 0 ? 0 : (int64_t)b == -1 ? 0 - (uint64_t)a : (uint64_t)((int64_t)a / (int64_t)b)) \
  F(CC_POWER, integer_power((uint64_t)a, (int64_t)b)) \
  F(CC_MAXIMUM, a > b ? a : b) \
  F(CC_MINIMUM, a < b ? a : b)
#define INT32(OP, FORMULA) ROW(int32, OP, int32_t, int32_t, FORMULA)
#define INT64(OP, FORMULA) ROW(int64, OP, int64_t, int64_t, FORMULA)
#define UINT8(OP, FORMULA) ROW(uint8, OP, uint8_t, uint8_t, FORMULA)
#define INT32_COMPARISON(OP, FORMULA) ROW(int32, OP, int32_t, uint8_t, FORMULA)
#define INT64_COMPARISON(OP, FORMULA) ROW(int64, OP, int64_t, uint8_t, FORMULA)
INTEGER_ARITHMETIC_FORMULAS(INT32)
INTEGER_ARITHMETIC_FORMULAS(INT64)
INTEGER_ARITHMETIC_FORMULAS(UINT8)
CC_COMPARISON_FORMULAS(INT32_COMPARISON)
CC_COMPARISON_FORMULAS(INT64_COMPARISON)
CC_COMPARISON_FORMULAS(UINT8)

#define FLOAT64_ENTRY(OP, FORMULA) [OP] = float64_##OP,
#define INT32_ENTRY(OP, FORMULA) [OP] = int32_##OP,
#define INT64_ENTRY(OP, FORMULA) [OP] = int64_##OP,
#define UINT8_ENTRY(OP, FORMULA) [OP] = uint8_##OP,
#define ENTRIES(ENTRY) {CC_FLOAT_ARITHMETIC_FORMULAS(ENTRY) CC_COMPARISON_FORMULAS(ENTRY)}

static cc_binary_kernel *const float64_rows[] = ENTRIES(FLOAT64_ENTRY);
static cc_binary_kernel *const int32_rows[] = ENTRIES(INT32_ENTRY);
static cc_binary_kernel *const int64_rows[] = ENTRIES(INT64_ENTRY);
static cc_binary_kernel *const uint8_rows[] = ENTRIES(UINT8_ENTRY);

static cc_binary_kernel *row_loop(cc_binary_op op, cc_dtype dtype) {
  if ((unsigned)op > CC_GREATER_EQUAL) return NULL;
  switch (dtype) {
  case CC_FLOAT32: return cc_active_kernels()->elementwise.binary[op];
  case CC_FLOAT64: return float64_rows[op];
  case CC_INT32: return int32_rows[op];
  case CC_INT64: return int64_rows[op];
  case CC_UINT8: return uint8_rows[op];
  case CC_BOOL: return op >= CC_EQUAL ? uint8_rows[op] : NULL;
  default: return NULL;
  }
  return NULL;
}

// ------------------------------------------------------------------------------------------------ driver

typedef struct {
  cc_binary_kernel *row;
  size_t bytes, result_bytes;  // of an element
  size_t count;
  int rank;  // at least 1
  size_t shape[CC_MAX_RANK];
  ptrdiff_t a_strides[CC_MAX_RANK], b_strides[CC_MAX_RANK];
  const char *a, *b;
  char *y;
} job;

static void run_range(void *context, size_t task) {
  const job *j = context;
  size_t begin = task * GRAIN, end = begin + GRAIN < j->count ? begin + GRAIN : j->count;
  int last = j->rank - 1;
  while (begin < end) {
    ptrdiff_t a = 0, b = 0;
    size_t rest = begin, column = 0;
    for (int d = last; d >= 0; d--) {
      size_t index = rest % j->shape[d];
      rest /= j->shape[d];
      a += (ptrdiff_t)index * j->a_strides[d];
      b += (ptrdiff_t)index * j->b_strides[d];
      if (d == last) column = index;
    }
    size_t left = j->shape[last] - column, count = left < end - begin ? left : end - begin;
    j->row(count, j->a + a * (ptrdiff_t)j->bytes, j->a_strides[last], j->b + b * (ptrdiff_t)j->bytes, j->b_strides[last],
           j->y + begin * j->result_bytes);
    begin += count;
  }
}

cc_status cc_binary(cc_binary_op op, cc_dtype dtype, int32_t rank, const size_t *shape, const ptrdiff_t *a_strides,
                    const ptrdiff_t *b_strides, const void *a, const void *b, void *y) {
  if (rank < 0 || rank > CC_MAX_RANK) return CC_BAD_SHAPE;
  if (rank > 0 && (!shape || !a_strides || !b_strides)) return CC_BAD_POINTER;
  size_t bytes = cc_dtype_bytes(dtype);
  job j = {.row = row_loop(op, dtype), .bytes = bytes, .result_bytes = op >= CC_EQUAL ? 1 : bytes, .count = 1, .rank = 1,
           .shape = {1}, .a = a, .b = b, .y = y};
  if (!j.row) return CC_UNSUPPORTED;
  for (int d = 0; d < rank; d++) {
    if (__builtin_mul_overflow(j.count, shape[d], &j.count)) return CC_BAD_SHAPE;
    if (shape[d] == 1) continue;
    int outer = j.rank - 1;
    ptrdiff_t size = (ptrdiff_t)shape[d];
    bool merges = j.a_strides[outer] == a_strides[d] * size && j.b_strides[outer] == b_strides[d] * size;
    if (j.shape[outer] == 1) j.shape[outer] = shape[d];
    else if (merges) j.shape[outer] *= shape[d];
    else j.shape[outer = j.rank++] = shape[d];
    j.a_strides[outer] = a_strides[d];
    j.b_strides[outer] = b_strides[d];
  }
  if (j.count == 0) return CC_OK;
  if (!a || !b || !y) return CC_BAD_POINTER;
  cc_parallel(cc_task_count(j.count, GRAIN), run_range, &j);
  return CC_OK;
}
