// Optimizers: a task has a part of every parameter. With as many tasks as threads share evenly, a thread updates the part of a
// weight matrix whose gradient it has computed: both lie in its core's cache.
#include "optimizer.h"
#include "kernels/kernels.h"
#include <math.h>

enum { GRAIN = 4096 };  // elements of one task

typedef struct {
  const cc_optimizer_settings *settings;
  size_t count, tasks;
  const cc_optimizer_parameter *parameters;
} job;

static size_t vectors(size_t count) { return (count + CC_LANES - 1) / CC_LANES; }

static cc_optimizer_factors_double factors_at(const cc_optimizer_settings *s, int64_t step) {
  bool is_adam = s->rule == CC_ADAM || s->rule == CC_AMSGRAD, is_momentum = s->rule == CC_MOMENTUM, is_first = step == 1;
  return (cc_optimizer_factors_double){
      // Adam's moments begin at zero: dividing by 1 − βᵗ makes their expectations right.
      .rate = is_adam ? s->learning_rate / (1 - pow(s->decay, (double)step)) : s->learning_rate,
      .second_correction = is_adam ? 1 / sqrt(1 - pow(s->second_decay, (double)step)) : 1,
      .weight_decay = s->decoupled ? 0 : s->weight_decay,
      .shrink = s->decoupled ? 1 - s->learning_rate * s->weight_decay : 1,
      .momentum = is_momentum && is_first ? 0 : s->momentum,
      .gradient_weight = s->nesterov ? 1 : 0,
      .velocity_weight = s->nesterov ? s->momentum : 1,
      .decay = s->decay,
      // A velocity starts as the gradient, not damped.
      .share = is_momentum ? (is_first ? 1 : 1 - s->dampening) : 1 - s->decay,
      .second_decay = s->second_decay,
      .second_share = 1 - s->second_decay,
      .epsilon = s->epsilon,
  };
}

#define real double
#define square_root sqrt
#define larger(x, y) ((x) > (y) ? (x) : (y))

static void update_float64(cc_optimizer_rule rule, const cc_optimizer_factors_double *s, size_t count, const double *gradient,
                           double *weights, double *const *state) {
#define CASE(RULE, STATES, STATEMENTS) \
  case RULE: \
    for (size_t i = 0; i < count; i++) { \
      double w = weights[i], g = gradient[i] + s->weight_decay * w, a, b, c; \
      w *= s->shrink; \
      if (STATES > 0) a = state[0][i]; \
      if (STATES > 1) b = state[1][i]; \
      if (STATES > 2) c = state[2][i]; \
      STATEMENTS \
      if (STATES > 0) state[0][i] = a; \
      if (STATES > 1) state[1][i] = b; \
      if (STATES > 2) state[2][i] = c; \
      weights[i] = w; \
    } \
    break;
  switch (rule) { CC_OPTIMIZER_RULES(CASE) }
#undef CASE
}

static void update(const job *j, const cc_optimizer_parameter *p, size_t begin, size_t count) {
  cc_optimizer_factors_double f = factors_at(j->settings, p->step);
  if (p->dtype == CC_FLOAT64) {
    double *state[CC_OPTIMIZER_MOST_STATES];
    for (int i = 0; i < CC_OPTIMIZER_MOST_STATES; i++) state[i] = p->state[i] ? (double *)p->state[i] + begin : NULL;
    update_float64(j->settings->rule, &f, count, (const double *)p->gradient + begin, (double *)p->weights + begin, state);
    return;
  }
  cc_optimizer_factors factors = {
      (float)f.rate, (float)f.weight_decay, (float)f.shrink, (float)f.momentum, (float)f.gradient_weight,
      (float)f.velocity_weight, (float)f.decay, (float)f.share, (float)f.second_decay, (float)f.second_share,
      (float)f.second_correction, (float)f.epsilon,
  };
  float *state[CC_OPTIMIZER_MOST_STATES];
  for (int i = 0; i < CC_OPTIMIZER_MOST_STATES; i++) state[i] = p->state[i] ? (float *)p->state[i] + begin : NULL;
  cc_active_kernels()->optimizer[j->settings->rule](&factors, count, (const float *)p->gradient + begin,
                                                    (float *)p->weights + begin, state);
}

static void run_updates(void *context, size_t task) {
  const job *j = context;
  for (const cc_optimizer_parameter *p = j->parameters; p < j->parameters + j->count; p++) {
    cc_span part = cc_split(vectors(p->count), task, j->tasks);
    size_t begin = part.begin * CC_LANES, end = part.end * CC_LANES < p->count ? part.end * CC_LANES : p->count;
    if (begin < end) update(j, p, begin, end - begin);
  }
}

int32_t cc_optimizer_state_count(cc_optimizer_rule rule) {
#define COUNT(RULE, STATES, STATEMENTS) [RULE] = STATES,
  static const int32_t counts[] = {CC_OPTIMIZER_RULES(COUNT)};
#undef COUNT
  return (size_t)rule < sizeof counts / sizeof *counts ? counts[rule] : -1;
}

cc_status cc_optimizer_step(const cc_optimizer_settings *settings, size_t count, const cc_optimizer_parameter *parameters) {
  if (!settings || (count > 0 && !parameters)) return CC_BAD_POINTER;
  int32_t states = cc_optimizer_state_count(settings->rule);
  if (states < 0) return CC_UNSUPPORTED;
  size_t total = 0;
  for (const cc_optimizer_parameter *p = parameters; p < parameters + count; p++) {
    if (p->dtype != CC_FLOAT32 && p->dtype != CC_FLOAT64) return CC_UNSUPPORTED;
    if (p->step < 1) return CC_BAD_SHAPE;
    if (p->count > 0 && (!p->gradient || !p->weights)) return CC_BAD_POINTER;
    for (int32_t i = 0; i < states; i++)
      if (p->count > 0 && !p->state[i]) return CC_BAD_POINTER;
    total += vectors(p->count) * CC_LANES;
  }
  size_t threads = (size_t)cc_thread_count(), tasks = cc_task_count(total, GRAIN);
  if (tasks > 1) tasks = (tasks + threads - 1) / threads * threads;
  job j = {settings, count, tasks, parameters};
  if (total > 0) cc_parallel(tasks, run_updates, &j);
  return CC_OK;
}
