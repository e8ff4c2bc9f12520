// Elementwise operations of contiguous operands.
#include "elementwise.h"
#include "loops.h"

enum { GRAIN = 4096 };  // elements of one task

typedef struct {
  cc_unary_kernel *unary;
  cc_unary_gradient_kernel *unary_gradient;
  cc_dtype dtype;
  size_t count, bytes;  // bytes of an element
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

static void run_unary(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  size_t at = s.begin * j->bytes;
  j->unary(s.end - s.begin, (const char *)j->x + at, (char *)j->result + at);
}

cc_status cc_unary(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, void *y) {
  job j = {.unary = cc_unary_loop(op, dtype), .bytes = cc_dtype_bytes(dtype), .count = count, .x = x, .result = y};
  if (!j.unary) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y)) return CC_BAD_POINTER;
  return run(j, run_unary);
}

static void run_unary_gradient(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  size_t at = s.begin * j->bytes;
  j->unary_gradient(s.end - s.begin, (const char *)j->x + at, (const char *)j->y + at, (const char *)j->dy + at,
                    (char *)j->result + at);
}

cc_status cc_unary_gradient(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, const void *y, const void *dy,
                            void *dx) {
  job j = {.unary_gradient = cc_unary_gradient_loop(op, dtype), .bytes = cc_dtype_bytes(dtype), .count = count,
           .x = x, .y = y, .dy = dy, .result = dx};
  if (!j.unary_gradient) return CC_UNSUPPORTED;
  if (count > 0 && (!x || !y || !dy || !dx)) return CC_BAD_POINTER;
  return run(j, run_unary_gradient);
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
  if (dtype == CC_COMPLEX64 || dtype == CC_COMPLEX128)  // pairs of numbers
    return cc_accumulate(dtype == CC_COMPLEX64 ? CC_FLOAT32 : CC_FLOAT64, 2 * count, scale, x, y);
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
