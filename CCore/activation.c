// Activations: kernels for float32, the same formulas through libm for float64.
#include "activation.h"
#include "activation_formulas.h"
#include "kernels/kernels.h"
#include <math.h>

enum { GRAIN = 16384 };  // elements of one task

typedef struct {
  cc_activation activation;
  cc_dtype dtype;
  size_t count;
  double p, q;
  const void *x, *y, *dy;  // y, dy: NULL forward
  void *result;
} job;

#define choose(condition, a, b) ((condition) ? (a) : (b))
#define constant (double)
#define fn(name) name##_double
#define exp_double exp
#define expm1_double expm1
#define tanh_double tanh
#define erf_double erf
#define absolute_double fabs
static double sigmoid_double(double x) { return 1 / (1 + exp(-x)); }
static double softplus_double(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

static void forward_float64(cc_activation activation, size_t count, double p, double q, const double *xs, double *ys) {
#define CASE(NAME, FORMULA) \
  case NAME: \
    for (size_t i = 0; i < count; i++) { \
      double x = xs[i]; \
      ys[i] = FORMULA; \
    } \
    break;
  switch (activation) { CC_ACTIVATION_FORMULAS(CASE) default: break; }
#undef CASE
}

static void backward_float64(cc_activation activation, size_t count, double p, double q, const double *xs, const double *ys,
                             const double *dys, double *dxs) {
#define CASE(NAME, FORMULA) \
  case NAME: \
    for (size_t i = 0; i < count; i++) { \
      double x = xs[i], y = ys[i], dy = dys[i]; \
      (void)y; \
      dxs[i] = FORMULA; \
    } \
    break;
  switch (activation) { CC_ACTIVATION_GRADIENT_FORMULAS(CASE) default: break; }
#undef CASE
}

static void run(void *context, size_t task) {
  const job *j = context;
  size_t begin = task * GRAIN, count = begin + GRAIN < j->count ? GRAIN : j->count - begin;
  const cc_activation_kernels *kernels = &cc_active_kernels()->activation;
  if (j->dtype == CC_FLOAT32) {
    const float *x = (const float *)j->x + begin;
    float *result = (float *)j->result + begin, p = (float)j->p, q = (float)j->q;
    if (!j->dy) kernels->forward[j->activation](count, p, q, x, result);
    else kernels->backward[j->activation](count, p, q, x, (const float *)j->y + begin, (const float *)j->dy + begin, result);
    return;
  }
  const double *x = (const double *)j->x + begin;
  double *result = (double *)j->result + begin;
  if (!j->dy) forward_float64(j->activation, count, j->p, j->q, x, result);
  else backward_float64(j->activation, count, j->p, j->q, x, (const double *)j->y + begin, (const double *)j->dy + begin, result);
}

static cc_status start(job j) {
  if ((unsigned)j.activation >= CC_ACTIVATION_COUNT || (j.dtype != CC_FLOAT32 && j.dtype != CC_FLOAT64))
    return CC_UNSUPPORTED;
  if (j.count == 0) return CC_OK;
  if (!j.x || !j.result) return CC_BAD_POINTER;
  cc_parallel(cc_task_count(j.count, GRAIN), run, &j);
  return CC_OK;
}

cc_status cc_activation_forward(cc_activation activation, cc_dtype dtype, size_t count, double p, double q, const void *x,
                                void *y) {
  return start((job){.activation = activation, .dtype = dtype, .count = count, .p = p, .q = q, .x = x, .result = y});
}

cc_status cc_activation_backward(cc_activation activation, cc_dtype dtype, size_t count, double p, double q, const void *x,
                                 const void *y, const void *dy, void *dx) {
  if (count > 0 && (!y || !dy)) return CC_BAD_POINTER;
  return start((job){.activation = activation, .dtype = dtype, .count = count, .p = p, .q = q, .x = x, .y = y, .dy = dy,
                     .result = dx});
}
