#include "loss.h"
#include "buffer.h"
#include "kernels/kernels.h"
#include <math.h>
#include <stdatomic.h>

enum { GRAIN = 512 };  // elements of one task: an exponential each

typedef struct job job;
struct job {
  void (*rows_float32)(const job *, cc_span rows, float *scratch);
  void (*rows_float64)(const job *, cc_span rows);
  bool log, is_double, interleaved;
  size_t rows, classes, rows_per_task;
  double gradient_scale;
  const int32_t *labels;
  const void *x, *dy;  // x: logits, or the softmax if it is about a gradient
  void *y, *losses;
  atomic_bool lacks_memory;
};

static void run_rows(void *context, size_t task) {
  job *j = context;
  size_t begin = task * j->rows_per_task, end = begin + j->rows_per_task;
  cc_span rows = {begin, end < j->rows ? end : j->rows};
  if (j->is_double) {
    j->rows_float64(j, rows);
    return;
  }
  size_t bytes = 2 * j->classes * CC_LANES * sizeof(float);
  float *scratch = cc_buffer_take(bytes);
  if (scratch) j->rows_float32(j, rows, scratch);
  else atomic_store(&j->lacks_memory, true);
  cc_buffer_give(scratch, bytes);
}

static cc_status run(job *j) {
  if (j->classes > SIZE_MAX / 1024) return CC_BAD_SHAPE;
  j->rows_per_task = cc_task_count(GRAIN / CC_LANES, j->classes) * CC_LANES;
  cc_parallel(cc_task_count(j->rows, j->rows_per_task), run_rows, j);
  return j->lacks_memory ? CC_NO_MEMORY : CC_OK;
}

static double maximum(size_t count, const double *x) {
  double largest = x[0];
  for (size_t i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

static void softmax_float32(const job *j, cc_span rows, float *scratch) {
  size_t at = rows.begin * j->classes;
  cc_active_kernels()->loss.softmax(j->log, rows.end - rows.begin, j->classes, (const float *)j->x + at,
                                    (float *)j->y + at, scratch);
}

static void softmax_float64(const job *j, cc_span rows) {
  const double *x = (const double *)j->x + rows.begin * j->classes;
  double *y = (double *)j->y + rows.begin * j->classes;
  for (size_t r = rows.begin; r < rows.end; r++, x += j->classes, y += j->classes) {
    double largest = maximum(j->classes, x), sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += exp(x[c] - largest);
    double log_sum = log(sum);
    for (size_t c = 0; c < j->classes; c++) y[c] = j->log ? x[c] - largest - log_sum : exp(x[c] - largest) / sum;
  }
}

static void softmax_gradient_float32(const job *j, cc_span rows, float *scratch) {
  size_t at = rows.begin * j->classes;
  cc_active_kernels()->loss.softmax_gradient(j->log, rows.end - rows.begin, j->classes, (const float *)j->x + at,
                                             (const float *)j->dy + at, (float *)j->y + at, scratch);
}

static void softmax_gradient_float64(const job *j, cc_span rows) {
  size_t at = rows.begin * j->classes;
  const double *y = (const double *)j->x + at, *dy = (const double *)j->dy + at;
  double *dx = (double *)j->y + at;
  for (size_t r = rows.begin; r < rows.end; r++, y += j->classes, dy += j->classes, dx += j->classes) {
    double sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += j->log ? dy[c] : dy[c] * y[c];
    for (size_t c = 0; c < j->classes; c++) dx[c] = j->log ? dy[c] - exp(y[c]) * sum : y[c] * (dy[c] - sum);
  }
}

static void cross_entropy_float32(const job *j, cc_span rows, float *scratch) {
  size_t at = rows.begin * j->classes;
  cc_active_kernels()->loss.cross_entropy(j->interleaved, rows.end - rows.begin, j->classes, (const float *)j->x + at,
                                          j->labels + rows.begin, (float)j->gradient_scale, (float *)j->losses + rows.begin,
                                          j->y ? (float *)j->y + at : NULL, scratch);
}

static void cross_entropy_float64(const job *j, cc_span rows) {
  size_t at = rows.begin * j->classes;
  const double *x = (const double *)j->x + at;
  double *gradient = j->y ? (double *)j->y + at : NULL;
  for (size_t r = rows.begin; r < rows.end; r++, x += j->classes) {
    int32_t label = j->labels[r];
    double largest = maximum(j->classes, x), sum = 0;
    for (size_t c = 0; c < j->classes; c++) sum += exp(x[c] - largest);
    ((double *)j->losses)[r] = log(sum) - (x[label] - largest);
    if (!gradient) continue;
    for (size_t c = 0; c < j->classes; c++) gradient[c] = exp(x[c] - largest) / sum * j->gradient_scale;
    gradient[label] -= j->gradient_scale;
    gradient += j->classes;
  }
}

static bool is_float(cc_dtype dtype) { return dtype == CC_FLOAT32 || dtype == CC_FLOAT64; }

cc_status cc_softmax(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *x, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (rows == 0 || classes == 0) return CC_OK;
  if (!x || !y) return CC_BAD_POINTER;
  return run(&(job){softmax_float32, softmax_float64, .log = log, .is_double = dtype == CC_FLOAT64, .rows = rows,
                    .classes = classes, .x = x, .y = y});
}

cc_status cc_softmax_gradient(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *y, const void *dy,
                              void *dx) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (rows == 0 || classes == 0) return CC_OK;
  if (!y || !dy || !dx) return CC_BAD_POINTER;
  return run(&(job){softmax_gradient_float32, softmax_gradient_float64, .log = log, .is_double = dtype == CC_FLOAT64,
                    .rows = rows, .classes = classes, .x = y, .dy = dy, .y = dx});
}

cc_status cc_softmax_cross_entropy(cc_dtype dtype, cc_layout layout, size_t rows, size_t classes, const void *logits,
                                   const int32_t *labels, double gradient_scale, void *losses, void *gradient) {
  if (!is_float(dtype) || (layout == CC_INTERLEAVED && dtype != CC_FLOAT32)) return CC_UNSUPPORTED;
  if (rows == 0) return CC_OK;
  if (!labels || !losses || (classes > 0 && !logits)) return CC_BAD_POINTER;
  for (size_t r = 0; r < rows; r++)
    if (labels[r] < 0 || (size_t)labels[r] >= classes) return CC_BAD_INDEX;
  return run(&(job){cross_entropy_float32, cross_entropy_float64, .is_double = dtype == CC_FLOAT64,
                    .interleaved = layout == CC_INTERLEAVED, .rows = rows, .classes = classes, .gradient_scale = gradient_scale, .labels = labels, .x = logits, .y = gradient,
                    .losses = losses});
}
