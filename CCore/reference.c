// Checks and task counts around the plain loops of reference_loops.h.
#include "reference.h"
#include "kernels/geometry.h"
#include "parallel.h"
#include <string.h>

// x and y hold the gradients too: a backward function reads one and writes the other.
typedef struct {
  cc_conv_shape shape;
  int32_t out_height, out_width;
  void *x, *weights, *bias, *y;
} conv_job;

typedef struct {
  cc_pool_shape shape;
  int32_t out_height, out_width;
  void *x, *y;
  uint16_t *winner;
} pool_job;

#define REAL float
#define NAME(f) f##_float
#include "reference_loops.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(f) f##_double
#include "reference_loops.h"

static cc_status run_conv(conv_job *job, cc_dtype dtype, size_t tasks, cc_task float_body, cc_task double_body) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  cc_status status = cc_conv_output_size(&job->shape, &job->out_height, &job->out_width);
  if (status != CC_OK) return status;
  cc_parallel(tasks, dtype == CC_FLOAT32 ? float_body : double_body, job);
  return CC_OK;
}

cc_status cc_reference_conv_forward(const cc_conv_shape *shape, cc_dtype dtype, const void *x, const void *weights,
                                    const void *bias, void *y) {
  if (!shape || !x || !weights || !y) return CC_BAD_POINTER;
  conv_job job = {.shape = *shape, .x = (void *)x, .weights = (void *)weights, .bias = (void *)bias, .y = y};
  return run_conv(&job, dtype, (size_t)shape->batch * shape->out_channels, conv_forward_float, conv_forward_double);
}

cc_status cc_reference_conv_backward_data(const cc_conv_shape *shape, cc_dtype dtype, const void *dy, const void *weights,
                                          void *dx) {
  if (!shape || !dy || !weights || !dx) return CC_BAD_POINTER;
  conv_job job = {.shape = *shape, .x = dx, .weights = (void *)weights, .y = (void *)dy};
  size_t tasks = (size_t)shape->batch * shape->in_channels;
  return run_conv(&job, dtype, tasks, conv_backward_data_float, conv_backward_data_double);
}

cc_status cc_reference_conv_backward_weights(const cc_conv_shape *shape, cc_dtype dtype, const void *x, const void *dy,
                                             void *dw, void *dbias) {
  if (!shape || !x || !dy || !dw) return CC_BAD_POINTER;
  if (shape->groups < 1) return CC_BAD_SHAPE;
  conv_job job = {.shape = *shape, .x = (void *)x, .weights = dw, .bias = dbias, .y = (void *)dy};
  size_t tasks = (size_t)shape->out_channels * (shape->in_channels / shape->groups);
  return run_conv(&job, dtype, tasks, conv_backward_weights_float, conv_backward_weights_double);
}

static cc_status run_pool(pool_job *job, cc_dtype dtype, cc_task float_body, cc_task double_body) {
  if (dtype != CC_FLOAT32 && dtype != CC_FLOAT64) return CC_UNSUPPORTED;
  cc_status status = cc_pool_output_size(&job->shape, &job->out_height, &job->out_width);
  if (status != CC_OK) return status;
  size_t tasks = (size_t)job->shape.batch * job->shape.channels;
  cc_parallel(tasks, dtype == CC_FLOAT32 ? float_body : double_body, job);
  return CC_OK;
}

cc_status cc_reference_max_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, const void *x, void *y,
                                        uint16_t *winner) {
  if (!shape || !x || !y) return CC_BAD_POINTER;
  pool_job job = {.shape = *shape, .x = (void *)x, .y = y, .winner = winner};
  return run_pool(&job, dtype, max_pool_forward_float, max_pool_forward_double);
}

cc_status cc_reference_max_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, const uint16_t *winner,
                                         const void *dy, void *dx) {
  if (!shape || !winner || !dy || !dx) return CC_BAD_POINTER;
  pool_job job = {.shape = *shape, .x = dx, .y = (void *)dy, .winner = (uint16_t *)winner};
  return run_pool(&job, dtype, max_pool_backward_float, max_pool_backward_double);
}

cc_status cc_reference_average_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, const void *x, void *y) {
  if (!shape || !x || !y) return CC_BAD_POINTER;
  pool_job job = {.shape = *shape, .x = (void *)x, .y = y};
  return run_pool(&job, dtype, average_pool_forward_float, average_pool_forward_double);
}

cc_status cc_reference_average_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, const void *dy, void *dx) {
  if (!shape || !dy || !dx) return CC_BAD_POINTER;
  pool_job job = {.shape = *shape, .x = dx, .y = (void *)dy};
  return run_pool(&job, dtype, average_pool_backward_float, average_pool_backward_double);
}
