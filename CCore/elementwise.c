// Elementwise operations of one and two contiguous operands. float32: kernels; float64: the same formulas through libm.
#include "elementwise.h"
#include "formulas.h"
#include "kernels/kernels.h"
#include <math.h>
#include <string.h>

enum { GRAIN = 16384 };  // elements of one task

typedef struct {
  int op;
  cc_dtype dtype;
  size_t count;
  double factor, offset;
  const uint8_t *condition;
  const void *x, *y, *dy;
  void *result;
} job;

static cc_span elements(const job *j, size_t task) {
  size_t begin = task * GRAIN, end = begin + GRAIN;
  return (cc_span){begin, end < j->count ? end : j->count};
}

static cc_status run(job j, cc_task body) {
  if (j.count > 0) cc_parallel(cc_task_count(j.count, GRAIN), body, &j);
  return CC_OK;
}

static bool is_float(cc_dtype dtype) { return dtype == CC_FLOAT32 || dtype == CC_FLOAT64; }

// ------------------------------------------------------------------------------------------------ unary

static double choose(bool condition, double a, double b) { return condition ? a : b; }
static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
#define constant (double)
#define absolute fabs
#define square_root sqrt
#define exponential exp
#define logarithm log
#define sine sin
#define cosine cos
#define tangent tanh

static void unary_float64(cc_unary_op op, size_t count, const double *from, double *to) {
#define CASE(OP, FORMULA) \
  case OP: \
    for (size_t i = 0; i < count; i++) { \
      double x = from[i]; \
      to[i] = FORMULA; \
    } \
    break;
  switch (op) { CC_UNARY_FORMULAS(CASE) }
#undef CASE
}

static void unary_gradient_float64(cc_unary_op op, size_t count, const double *xs, const double *ys, const double *dys,
                                   double *to) {
#define CASE(OP, FORMULA) \
  case OP: \
    for (size_t i = 0; i < count; i++) { \
      double x = xs[i], y = ys[i], dy = dys[i]; \
      (void)x, (void)y, (void)dy; \
      to[i] = FORMULA; \
    } \
    break;
  switch (op) { CC_UNARY_GRADIENT_FORMULAS(CASE) }
#undef CASE
}

// Signed arithmetic wraps, so it is done in the unsigned type.
#define UNARY_INTEGER(NAME, TYPE, UNSIGNED) \
  static void NAME(cc_unary_op op, size_t count, const TYPE *from, TYPE *to) { \
    for (size_t i = 0; i < count; i++) { \
      TYPE x = from[i]; \
      UNSIGNED u = (UNSIGNED)x; \
      to[i] = op == CC_NEGATE     ? (TYPE)(0 - u) \
              : op == CC_ABSOLUTE ? (x > 0 ? x : (TYPE)(0 - u)) \
              : op == CC_SIGN     ? (TYPE)((x > 0) - !(x >= 0)) \
                                  : (TYPE)(u * u); \
    } \
  }
UNARY_INTEGER(unary_int32, int32_t, uint32_t)
UNARY_INTEGER(unary_int64, int64_t, uint64_t)
UNARY_INTEGER(unary_uint8, uint8_t, uint32_t)

static void run_unary(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  size_t count = s.end - s.begin;
  switch (j->dtype) {
  case CC_FLOAT32:
    cc_active_kernels()->elementwise.unary[j->op](count, (const float *)j->x + s.begin, (float *)j->result + s.begin);
    break;
  case CC_FLOAT64: unary_float64(j->op, count, (const double *)j->x + s.begin, (double *)j->result + s.begin); break;
  case CC_INT32: unary_int32(j->op, count, (const int32_t *)j->x + s.begin, (int32_t *)j->result + s.begin); break;
  case CC_INT64: unary_int64(j->op, count, (const int64_t *)j->x + s.begin, (int64_t *)j->result + s.begin); break;
  case CC_UINT8: unary_uint8(j->op, count, (const uint8_t *)j->x + s.begin, (uint8_t *)j->result + s.begin); break;
  default: break;
  }
}

static bool is_unary(cc_unary_op op) { return (unsigned)op <= CC_SOFTPLUS; }

cc_status cc_unary(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, void *y) {
  bool for_integers = op == CC_NEGATE || op == CC_ABSOLUTE || op == CC_SIGN || op == CC_SQUARE;
  bool is_integer = dtype == CC_INT32 || dtype == CC_INT64 || dtype == CC_UINT8;
  if (!is_unary(op) || !(is_float(dtype) || (for_integers && is_integer))) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y)) return CC_BAD_POINTER;
  return run((job){.op = op, .dtype = dtype, .count = count, .x = x, .result = y}, run_unary);
}

static void run_unary_gradient(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  size_t at = s.begin, count = s.end - at;
  if (j->dtype == CC_FLOAT32)
    cc_active_kernels()->elementwise.unary_gradient[j->op](count, (const float *)j->x + at, (const float *)j->y + at,
                                                           (const float *)j->dy + at, (float *)j->result + at);
  else
    unary_gradient_float64(j->op, count, (const double *)j->x + at, (const double *)j->y + at, (const double *)j->dy + at,
                           (double *)j->result + at);
}

cc_status cc_unary_gradient(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, const void *y, const void *dy,
                            void *dx) {
  if (!is_unary(op) || !is_float(dtype)) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y || !dy || !dx)) return CC_BAD_POINTER;
  return run((job){.op = op, .dtype = dtype, .count = count, .x = x, .y = y, .dy = dy, .result = dx}, run_unary_gradient);
}

// ------------------------------------------------------------------------------------------------ scale, accumulate, select

static void run_scale(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  if (j->dtype == CC_FLOAT32) {
    cc_active_kernels()->elementwise.scale(s.end - s.begin, (float)j->factor, (float)j->offset,
                                           (const float *)j->x + s.begin, (float *)j->result + s.begin);
  } else {
    const double *x = j->x;
    double *y = j->result;
    for (size_t i = s.begin; i < s.end; i++) y[i] = j->factor * x[i] + j->offset;
  }
}

cc_status cc_scale(cc_dtype dtype, size_t count, double scale, double offset, const void *x, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y)) return CC_BAD_POINTER;
  return run((job){.dtype = dtype, .count = count, .factor = scale, .offset = offset, .x = x, .result = y}, run_scale);
}

static void run_accumulate(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  if (j->dtype == CC_FLOAT32) {
    cc_active_kernels()->elementwise.accumulate(s.end - s.begin, (float)j->factor, (const float *)j->x + s.begin,
                                                (float *)j->result + s.begin);
  } else {
    const double *x = j->x;
    double *y = j->result;
    for (size_t i = s.begin; i < s.end; i++) y[i] += j->factor * x[i];
  }
}

cc_status cc_accumulate(cc_dtype dtype, size_t count, double scale, const void *x, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y)) return CC_BAD_POINTER;
  return run((job){.dtype = dtype, .count = count, .factor = scale, .x = x, .result = y}, run_accumulate);
}

// Elements are moved, not computed with: their size is all that counts.
typedef struct {
  uint64_t low, high;
} element16;
#define SELECT(TYPE) \
  for (size_t i = s.begin; i < s.end; i++) \
    ((TYPE *)j->result)[i] = j->condition[i] ? ((const TYPE *)j->x)[i] : ((const TYPE *)j->y)[i];

static void run_select(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  switch (cc_dtype_bytes(j->dtype)) {
  case 16: SELECT(element16) break;
  case 8: SELECT(uint64_t) break;
  case 4: SELECT(uint32_t) break;
  default: SELECT(uint8_t)
  }
}

cc_status cc_select(cc_dtype dtype, size_t count, const uint8_t *condition, const void *a, const void *b, void *y) {
  if (cc_dtype_bytes(dtype) == 0) return CC_UNSUPPORTED;
  if (count > 0 && (!condition || !a || !b || !y)) return CC_BAD_POINTER;
  return run((job){.dtype = dtype, .count = count, .condition = condition, .x = a, .y = b, .result = y}, run_select);
}
