// Batch normalisation: a task is some channels, whose values stay in the cache between their passes. Layer normalisation: a
// task is a group of rows.
#include "norm.h"
#include "buffer.h"
#include "kernels/kernels.h"
#include <math.h>
#include <string.h>

enum { GRAIN = 16384 };  // elements of one task

static bool is_float(cc_dtype dtype) { return dtype == CC_FLOAT32 || dtype == CC_FLOAT64; }

static double element(cc_dtype dtype, const void *array, size_t i, double otherwise) {
  if (!array) return otherwise;
  return dtype == CC_FLOAT32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

static void set_element(cc_dtype dtype, void *array, size_t i, double value) {
  if (!array) return;
  if (dtype == CC_FLOAT32) ((float *)array)[i] = (float)value;
  else ((double *)array)[i] = value;
}

// ------------------------------------------------------------------------------------------------ over a batch

typedef struct {
  cc_dtype dtype;
  bool fixed;
  double epsilon, count;        // count: values of a channel
  size_t blocks, channels, run; // of a channel: `blocks` runs of contiguous elements, `channels` runs apart
  size_t last_lanes, tasks;     // last_lanes: of the vectors of the last block
  const void *x, *dy, *weight, *bias;
  double *mean, *variance;
  void *y, *dweight, *dbias;    // y: the result, or dx
} batch_job;

// One run of a channel.
typedef struct {
  size_t at, lanes;
} run_place;

static run_place place_of(const batch_job *j, size_t block, size_t channel) {
  return (run_place){(block * j->channels + channel) * j->run, block + 1 == j->blocks ? j->last_lanes : CC_LANES};
}

static double channel_sum(const batch_job *j, size_t channel) {
  double sum = 0;
  for (size_t b = 0; b < j->blocks; b++) {
    run_place p = place_of(j, b, channel);
    if (j->dtype == CC_FLOAT32) sum += cc_active_kernels()->norm.sum(j->run, p.lanes, (const float *)j->x + p.at);
    else for (size_t i = p.at; i < p.at + j->run; i++) sum += ((const double *)j->x)[i];
  }
  return sum;
}

static double channel_squares(const batch_job *j, size_t channel, double mean) {
  double sum = 0;
  for (size_t b = 0; b < j->blocks; b++) {
    run_place p = place_of(j, b, channel);
    const double *x = j->x;
    if (j->dtype == CC_FLOAT32)
      sum += cc_active_kernels()->norm.sum_squares(j->run, p.lanes, (const float *)j->x + p.at, (float)mean);
    else for (size_t i = p.at; i < p.at + j->run; i++) sum += (x[i] - mean) * (x[i] - mean);
  }
  return sum;
}

static void normalize(const batch_job *j, size_t channel, double mean, double factor, double offset) {
  for (size_t b = 0; b < j->blocks; b++) {
    size_t at = place_of(j, b, channel).at;
    const double *x = j->x;
    if (j->dtype == CC_FLOAT32)
      cc_active_kernels()->norm.normalize(j->run, (const float *)j->x + at, (float)mean, (float)factor, (float)offset,
                                          (float *)j->y + at);
    else for (size_t i = at; i < at + j->run; i++) ((double *)j->y)[i] = (x[i] - mean) * factor + offset;
  }
}

static void run_forward(void *context, size_t task) {
  const batch_job *j = context;
  cc_span span = cc_split(j->channels, task, j->tasks);
  for (size_t c = span.begin; c < span.end; c++) {
    if (!j->fixed) {
      j->mean[c] = channel_sum(j, c) / j->count;
      j->variance[c] = channel_squares(j, c, j->mean[c]) / j->count;
    }
    double factor = element(j->dtype, j->weight, c, 1) / sqrt(j->variance[c] + j->epsilon);
    normalize(j, c, j->mean[c], factor, element(j->dtype, j->bias, c, 0));
  }
}

// Σ dy and Σ dy · (x − mean) of a channel.
static void gradient_sums(const batch_job *j, size_t channel, double *sum, double *product) {
  double mean = j->mean[channel];
  const double *x = j->x, *dy = j->dy;
  *sum = *product = 0;
  for (size_t b = 0; b < j->blocks; b++) {
    run_place p = place_of(j, b, channel);
    if (j->dtype == CC_FLOAT32) {
      const cc_norm_kernels *norm = &cc_active_kernels()->norm;
      *sum += norm->sum(j->run, p.lanes, (const float *)j->dy + p.at);
      *product += norm->sum_products(j->run, p.lanes, (const float *)j->x + p.at, (float)mean, (const float *)j->dy + p.at);
      continue;
    }
    for (size_t i = p.at; i < p.at + j->run; i++) {
      *sum += dy[i];
      *product += dy[i] * (x[i] - mean);
    }
  }
}

static void channel_gradient(const batch_job *j, size_t channel, double factor, double slope, double offset) {
  double mean = j->mean[channel];
  const double *x = j->x, *dy = j->dy;
  cc_norm_gradient g = {(float)factor, (float)mean, (float)slope, (float)offset};
  for (size_t b = 0; b < j->blocks; b++) {
    run_place p = place_of(j, b, channel);
    if (j->dtype == CC_FLOAT32)
      cc_active_kernels()->norm.normalize_gradient(j->run, p.lanes, &g, (const float *)j->x + p.at,
                                                   (const float *)j->dy + p.at, (float *)j->y + p.at);
    else for (size_t i = p.at; i < p.at + j->run; i++) ((double *)j->y)[i] = dy[i] * factor + (x[i] - mean) * slope + offset;
  }
}

static void run_backward(void *context, size_t task) {
  const batch_job *j = context;
  cc_span span = cc_split(j->channels, task, j->tasks);
  for (size_t c = span.begin; c < span.end; c++) {
    double sum = 0, product = 0, inverse = 1 / sqrt(j->variance[c] + j->epsilon);
    if (!j->fixed || j->dweight || j->dbias) gradient_sums(j, c, &sum, &product);
    set_element(j->dtype, j->dweight, c, product * inverse);
    set_element(j->dtype, j->dbias, c, sum);
    if (!j->y) continue;
    // dx = factor · (dy − its mean − x̂ · the mean of dy · x̂); given moments do not depend on x.
    double factor = element(j->dtype, j->weight, c, 1) * inverse;
    if (j->fixed) channel_gradient(j, c, factor, 0, 0);
    else channel_gradient(j, c, factor, -factor * inverse * inverse * product / j->count, -factor * sum / j->count);
  }
}

static cc_status prepare(const cc_batch_norm_shape *shape, cc_layout layout, batch_job *job) {
  if (!shape || !job->x || !job->mean || !job->variance) return CC_BAD_POINTER;
  if (!is_float(job->dtype) || (layout == CC_INTERLEAVED && job->dtype != CC_FLOAT32)) return CC_UNSUPPORTED;
  if (shape->batch < 0 || shape->channels < 1) return CC_BAD_SHAPE;
  bool interleaved = layout == CC_INTERLEAVED;
  size_t batch = shape->batch;
  job->blocks = interleaved ? (batch + CC_LANES - 1) / CC_LANES : batch;
  job->last_lanes = interleaved && batch % CC_LANES ? batch % CC_LANES : CC_LANES;
  job->run = shape->plane * (interleaved ? CC_LANES : 1);
  job->channels = shape->channels;
  job->count = (double)batch * (double)shape->plane;
  job->tasks = cc_task_count(job->blocks * job->channels * job->run, GRAIN);
  if (job->tasks > job->channels) job->tasks = job->channels;
  return CC_OK;
}

cc_status cc_batch_norm_forward(const cc_batch_norm_shape *shape, cc_dtype dtype, cc_layout layout, bool fixed,
                                double epsilon, const void *x, const void *weight, const void *bias, double *mean,
                                double *variance, void *y) {
  batch_job job = {.dtype = dtype, .fixed = fixed, .epsilon = epsilon, .x = x, .weight = weight, .bias = bias,
                   .mean = mean, .variance = variance, .y = y};
  cc_status status = y ? prepare(shape, layout, &job) : CC_BAD_POINTER;
  if (status == CC_OK) cc_parallel(job.tasks, run_forward, &job);
  return status;
}

cc_status cc_batch_norm_backward(const cc_batch_norm_shape *shape, cc_dtype dtype, cc_layout layout, bool fixed,
                                 double epsilon, const void *x, const void *dy, const void *weight, const double *mean,
                                 const double *variance, void *dx, void *dweight, void *dbias) {
  batch_job job = {.dtype = dtype, .fixed = fixed, .epsilon = epsilon, .x = x, .dy = dy, .weight = weight,
                   .mean = (double *)mean, .variance = (double *)variance, .y = dx, .dweight = dweight, .dbias = dbias};
  cc_status status = dy ? prepare(shape, layout, &job) : CC_BAD_POINTER;
  if (status == CC_OK) cc_parallel(job.tasks, run_backward, &job);
  return status;
}

// ------------------------------------------------------------------------------------------------ over features

typedef struct {
  cc_dtype dtype;
  double epsilon;
  size_t rows, features, rows_per_task;
  const void *x, *dy, *weight, *bias;
  double *mean, *deviation;
  void *y;       // or dx
  char *partial; // dweight, then dbias of each task
} layer_job;

static cc_span rows_of(const layer_job *j, size_t task) {
  size_t begin = task * j->rows_per_task, end = begin + j->rows_per_task;
  return (cc_span){begin, end < j->rows ? end : j->rows};
}

static void run_layer_forward(void *context, size_t task) {
  const layer_job *j = context;
  const size_t n = j->features;
  for (size_t r = rows_of(j, task).begin; r < rows_of(j, task).end; r++) {
    double sum = 0, squares = 0;
    if (j->dtype == CC_FLOAT32) {
      const cc_norm_kernels *norm = &cc_active_kernels()->norm;
      const float *x = (const float *)j->x + r * n;
      j->mean[r] = norm->sum(n, CC_LANES, x) / (double)n;
      j->deviation[r] = sqrt(norm->sum_squares(n, CC_LANES, x, (float)j->mean[r]) / (double)n + j->epsilon);
      norm->layer_row(n, x, (float)j->mean[r], (float)(1 / j->deviation[r]), j->weight, j->bias, (float *)j->y + r * n);
      continue;
    }
    const double *x = (const double *)j->x + r * n;
    double *y = (double *)j->y + r * n;
    for (size_t i = 0; i < n; i++) sum += x[i];
    double mean = j->mean[r] = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    double deviation = j->deviation[r] = sqrt(squares / (double)n + j->epsilon);
    for (size_t i = 0; i < n; i++)
      y[i] = (x[i] - mean) / deviation * element(CC_FLOAT64, j->weight, i, 1) + element(CC_FLOAT64, j->bias, i, 0);
  }
}

static void layer_gradient_row_float64(const layer_job *j, size_t row, double *dweight, double *dbias) {
  const size_t n = j->features;
  const double *x = (const double *)j->x + row * n, *dy = (const double *)j->dy + row * n;
  double *dx = (double *)j->y + row * n, mean = j->mean[row], inverse = 1 / j->deviation[row], sum = 0, product = 0;
  for (size_t i = 0; i < n; i++) {
    double g = dy[i] * element(CC_FLOAT64, j->weight, i, 1);
    sum += g;
    product += g * (x[i] - mean);
  }
  for (size_t i = 0; i < n; i++) {
    double g = dy[i] * element(CC_FLOAT64, j->weight, i, 1), normal = (x[i] - mean) * inverse;
    dx[i] = (g - sum / (double)n - normal * product * inverse / (double)n) * inverse;
    if (dweight) dweight[i] += dy[i] * normal, dbias[i] += dy[i];
  }
}

static void run_layer_backward(void *context, size_t task) {
  const layer_job *j = context;
  const size_t n = j->features, bytes = n * cc_dtype_bytes(j->dtype);
  char *dweight = j->partial ? j->partial + task * 2 * bytes : NULL, *dbias = dweight ? dweight + bytes : NULL;
  if (dweight) memset(dweight, 0, 2 * bytes);
  for (size_t r = rows_of(j, task).begin; r < rows_of(j, task).end; r++) {
    if (j->dtype == CC_FLOAT64) {
      layer_gradient_row_float64(j, r, (double *)dweight, (double *)dbias);
      continue;
    }
    cc_active_kernels()->norm.layer_gradient_row(n, (const float *)j->x + r * n, (const float *)j->dy + r * n,
                                                 (float)j->mean[r], (float)(1 / j->deviation[r]), j->weight,
                                                 (float *)j->y + r * n, (float *)dweight, (float *)dbias);
  }
}

static size_t layer_tasks(layer_job *j) {
  size_t grain = cc_task_count(GRAIN, j->features);
  j->rows_per_task = grain;
  return cc_task_count(j->rows, grain);
}

cc_status cc_layer_norm_forward(cc_dtype dtype, size_t rows, size_t features, double epsilon, const void *x,
                                const void *weight, const void *bias, double *mean, double *deviation, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (rows == 0 || features == 0) return CC_OK;
  if (!x || !mean || !deviation || !y) return CC_BAD_POINTER;
  layer_job job = {.dtype = dtype, .epsilon = epsilon, .rows = rows, .features = features, .x = x, .weight = weight,
                   .bias = bias, .mean = mean, .deviation = deviation, .y = y};
  cc_parallel(layer_tasks(&job), run_layer_forward, &job);
  return CC_OK;
}

cc_status cc_layer_norm_backward(cc_dtype dtype, size_t rows, size_t features, const void *x, const void *dy,
                                 const void *weight, const double *mean, const double *deviation, void *dx, void *dweight,
                                 void *dbias) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (features == 0) return CC_OK;
  if (rows > 0 && (!x || !dy || !mean || !deviation || !dx)) return CC_BAD_POINTER;
  layer_job job = {.dtype = dtype, .rows = rows, .features = features, .x = x, .dy = dy, .weight = weight,
                   .mean = (double *)mean, .deviation = (double *)deviation, .y = dx};
  size_t tasks = rows == 0 ? 0 : layer_tasks(&job), bytes = tasks * 2 * features * cc_dtype_bytes(dtype);
  if (dweight || dbias) {
    job.partial = cc_buffer_take(bytes);
    if (!job.partial) return CC_NO_MEMORY;
  }
  cc_parallel(tasks, run_layer_backward, &job);
  for (size_t i = 0; (dweight || dbias) && i < features; i++) {
    double weight_sum = 0, bias_sum = 0;
    for (size_t t = 0; t < tasks; t++) {
      weight_sum += element(dtype, job.partial, 2 * t * features + i, 0);
      bias_sum += element(dtype, job.partial, (2 * t + 1) * features + i, 0);
    }
    set_element(dtype, dweight, i, weight_sum);
    set_element(dtype, dbias, i, bias_sum);
  }
  cc_buffer_give(job.partial, bytes);
  return CC_OK;
}
