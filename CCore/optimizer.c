#include "optimizer.h"
#include "kernels/kernels.h"

enum { GRAIN = 16384 };  // elements of one task

typedef struct {
  const cc_sgd_settings *settings;
  cc_dtype dtype;
  size_t count;
  const void *gradient;
  void *velocity, *weights;
} job;

static void update_float32(const job *j, size_t begin, size_t count) {
  const cc_sgd_settings *s = j->settings;
  cc_sgd_factors factors = {
      .learning_rate = (float)s->learning_rate, .momentum = (float)s->momentum,
      .gradient_share = (float)(1 - s->dampening), .weight_decay = (float)s->weight_decay,
      .nesterov = s->nesterov, .first_step = s->first_step,
  };
  cc_active_kernels()->elementwise.sgd_update(&factors, count, (const float *)j->gradient + begin,
                                              s->momentum != 0 ? (float *)j->velocity + begin : NULL,
                                              (float *)j->weights + begin);
}

static void update_float64(const job *j, size_t begin, size_t end) {
  const cc_sgd_settings *s = j->settings;
  const double *gradient = j->gradient;
  double *velocity = j->velocity, *weights = j->weights;
  for (size_t i = begin; i < end; i++) {
    double g = gradient[i] + s->weight_decay * weights[i], v = g;
    if (s->momentum != 0) {
      if (!s->first_step) v = s->momentum * velocity[i] + (1 - s->dampening) * g;
      velocity[i] = v;
      if (s->nesterov) v = g + s->momentum * v;
    }
    weights[i] -= s->learning_rate * v;
  }
}

static void run_update(void *context, size_t task) {
  const job *j = context;
  size_t begin = task * GRAIN, end = begin + GRAIN < j->count ? begin + GRAIN : j->count;
  if (j->dtype == CC_FLOAT32) update_float32(j, begin, end - begin);
  else update_float64(j, begin, end);
}

cc_status cc_sgd_update(const cc_sgd_settings *settings, cc_dtype dtype, size_t count, const void *gradient,
                        void *velocity, void *weights) {
  if (!settings) return CC_BAD_POINTER;
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  if (count == 0) return CC_OK;
  if (!gradient || !weights || (settings->momentum != 0 && !velocity)) return CC_BAD_POINTER;
  job j = {settings, dtype, count, gradient, velocity, weights};
  cc_parallel(cc_task_count(count, GRAIN), run_update, &j);
  return CC_OK;
}
