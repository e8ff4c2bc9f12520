#include "loss.h"
#include "kernels/kernels.h"
#include <math.h>

enum { GRAIN = 4096 };  // elements of one task: an exponential each

typedef struct {
  bool log, is_double;
  size_t rows, classes, rows_per_task;
  double gradient_scale;
  const int32_t *labels;
  const void *x, *dy;  // x: logits, or the softmax if it is about a gradient
  void *y, *losses;
} job;

static cc_status run(job j, cc_task body) {
  j.rows_per_task = j.classes < GRAIN ? GRAIN / j.classes : 1;
  cc_parallel(cc_task_count(j.rows, j.rows_per_task), body, &j);
  return CC_OK;
}

static cc_span task_rows(const job *j, size_t task) {
  size_t begin = task * j->rows_per_task, end = begin + j->rows_per_task;
  return (cc_span){begin, end < j->rows ? end : j->rows};
}

static double maximum(size_t count, const double *x) {
  double largest = x[0];
  for (size_t i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

static void run_softmax(void *context, size_t task) {
  const job *j = context;
  cc_span rows = task_rows(j, task);
  size_t at = rows.begin * j->classes;
  if (!j->is_double) {
    cc_active_kernels()->loss.softmax(j->log, rows.end - rows.begin, j->classes, (const float *)j->x + at, (float *)j->y + at);
    return;
  }
  const double *x = (const double *)j->x + at;
  double *y = (double *)j->y + at;
  for (size_t r = rows.begin; r < rows.end; r++, x += j->classes, y += j->classes) {
    double largest = maximum(j->classes, x), sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += exp(x[c] - largest);
    double log_sum = log(sum);
    for (size_t c = 0; c < j->classes; c++) y[c] = j->log ? x[c] - largest - log_sum : exp(x[c] - largest) / sum;
  }
}

static void run_softmax_gradient(void *context, size_t task) {
  const job *j = context;
  cc_span rows = task_rows(j, task);
  size_t at = rows.begin * j->classes;
  if (!j->is_double) {
    cc_active_kernels()->loss.softmax_gradient(j->log, rows.end - rows.begin, j->classes, (const float *)j->x + at,
                                               (const float *)j->dy + at, (float *)j->y + at);
    return;
  }
  const double *y = (const double *)j->x + at, *dy = (const double *)j->dy + at;
  double *dx = (double *)j->y + at;
  for (size_t r = rows.begin; r < rows.end; r++, y += j->classes, dy += j->classes, dx += j->classes) {
    double sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += j->log ? dy[c] : dy[c] * y[c];
    for (size_t c = 0; c < j->classes; c++) dx[c] = j->log ? dy[c] - exp(y[c]) * sum : y[c] * (dy[c] - sum);
  }
}

static void run_cross_entropy(void *context, size_t task) {
  const job *j = context;
  cc_span rows = task_rows(j, task);
  size_t at = rows.begin * j->classes;
  const int32_t *labels = j->labels + rows.begin;
  if (!j->is_double) {
    cc_active_kernels()->loss.cross_entropy(rows.end - rows.begin, j->classes, (const float *)j->x + at, labels,
                                            (float)j->gradient_scale, (float *)j->losses + rows.begin,
                                            j->y ? (float *)j->y + at : NULL);
    return;
  }
  const double *x = (const double *)j->x + at;
  double *gradient = j->y ? (double *)j->y + at : NULL;
  for (size_t r = rows.begin; r < rows.end; r++, x += j->classes, labels++) {
    double largest = maximum(j->classes, x), sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += exp(x[c] - largest);
    ((double *)j->losses)[r] = log(sum) - (x[*labels] - largest);
    if (!gradient) continue;
    for (size_t c = 0; c < j->classes; c++) gradient[c] = exp(x[c] - largest) / sum * j->gradient_scale;
    gradient[*labels] -= j->gradient_scale;
    gradient += j->classes;
  }
}

cc_status cc_softmax(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *x, void *y) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  if (rows == 0 || classes == 0) return CC_OK;
  if (!x || !y) return CC_BAD_POINTER;
  return run((job){.log = log, .is_double = dtype == CC_FLOAT64, .rows = rows, .classes = classes, .x = x, .y = y},
             run_softmax);
}

cc_status cc_softmax_gradient(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *y, const void *dy,
                              void *dx) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  if (rows == 0 || classes == 0) return CC_OK;
  if (!y || !dy || !dx) return CC_BAD_POINTER;
  return run((job){.log = log, .is_double = dtype == CC_FLOAT64, .rows = rows, .classes = classes, .x = y, .dy = dy, .y = dx},
             run_softmax_gradient);
}

cc_status cc_softmax_cross_entropy(cc_dtype dtype, size_t rows, size_t classes, const void *logits,
                                   const int32_t *labels, double gradient_scale, void *losses, void *gradient) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  if (rows == 0) return CC_OK;
  if (!labels || !losses || (classes > 0 && !logits)) return CC_BAD_POINTER;
  for (size_t r = 0; r < rows; r++)
    if (labels[r] < 0 || (size_t)labels[r] >= classes) return CC_BAD_INDEX;
  return run((job){.is_double = dtype == CC_FLOAT64, .rows = rows, .classes = classes, .gradient_scale = gradient_scale,
                   .labels = labels, .x = logits, .y = gradient, .losses = losses},
             run_cross_entropy);
}
