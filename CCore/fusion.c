// Forward convolution, activation and pooling in one pass: the rows under a row of windows are convolved into a scratch that
// stays in the first-level cache (or where the activated values are wanted), a register tile of output channels at a time,
// and pooled from there.
#include "fusion.h"
#include "conv_plan.h"
#include "parallel.h"

enum {
  SCRATCH_FLOATS = 1 << 13,        // 32 KB on the stack of a task
  PRODUCTS_PER_TASK = 1 << 14,     // as in conv_forward.c
};

typedef struct {
  cc_correlation_job convolution;
  cc_pool_planes window_row;  // one plane of the scratch
  bool takes_largest;
  cc_unary_kernel *pooled_activation;  // NULL: none
  float *activated, *y;       // activated: NULL if not wanted
  uint16_t *winner;
  size_t out_height, y_plane;
} fused_job;

bool cc_conv_forward_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue) {
  if (!plan || !epilogue) return false;
  if (epilogue->pooled_activation != CC_IDENTITY &&
      (plan->algorithm == CC_CONV_WINOGRAD || epilogue->pooling == CC_NO_POOLING)) return false;
  if (plan->algorithm == CC_CONV_WINOGRAD) return cc_winograd_fuses(plan, epilogue);
  if (plan->forward_in_windows && epilogue->pooling == CC_NO_POOLING) return true;
  if (plan->algorithm != CC_CONV_DIRECT) return false;
  if (epilogue->pooling == CC_NO_POOLING) return true;
  const cc_pool_shape *pool = &epilogue->pool;
  cc_pool_planes planes;
  if (cc_pool_planes_of(pool, &planes) != CC_OK) return false;
  size_t row = (size_t)plan->out_width * CC_LANES, tile = cc_active_kernels()->conv.widest_tile;
  return pool->batch == plan->shape.batch && pool->channels == plan->shape.out_channels &&
         pool->in_height == plan->out_height && pool->in_width == plan->out_width && planes.whole &&
         pool->stride_height >= pool->kernel_height &&
         (planes.covered || epilogue->activation == CC_IDENTITY) && tile * pool->kernel_height * row <= SCRATCH_FLOATS;
}

// Output channels that go through the scratch together: a register tile, or in points as many as fit, since they share the
// transform of x.
static int32_t outputs_at_once(const fused_job *job, int32_t left) {
  const cc_correlation *c = &job->convolution.correlation;
  if (!job->convolution.in_points) return cc_conv_tile_outputs(cc_active_kernels()->conv.widest_tile, left);
  const int32_t most = (int32_t)(SCRATCH_FLOATS / (job->window_row.shape.kernel_height * c->y_row));
  int32_t outputs = 0;
  for (int32_t next; outputs < left; outputs += next) {
    next = cc_conv_point_outputs(left - outputs);
    if (!job->activated && outputs + next > most) break;
  }
  return outputs;
}

// Rows of windows of one group in one image block.
static void pool_band(void *context, size_t task) {
  const fused_job *job = context;
  const cc_correlation_job *conv = &job->convolution;
  const cc_kernels *kernels = cc_active_kernels();
  const cc_pool_shape *pool = &job->window_row.shape;
  float scratch[SCRATCH_FLOATS] __attribute__((aligned(64)));
  cc_correlation rows = conv->correlation;
  const size_t row_floats = rows.y_row, window_floats = pool->kernel_height * row_floats;
  rows.out_height = pool->kernel_height;
  if (!job->activated) rows.y_plane = window_floats;
  size_t groups = conv->plan->shape.groups, at = task / conv->bands, group = at % groups;
  size_t outputs = rows.outputs, depth = (size_t)rows.channels * rows.taps, pooled_floats = job->window_row.out_width * CC_LANES;
  cc_span span = cc_split(job->out_height, task % conv->bands, conv->bands);
  for (size_t row = span.begin; row < span.end; row++) {
    rows.pad_top = conv->correlation.pad_top - (int64_t)row * pool->stride_height * rows.stride_height;
    for (size_t o = 0, width; o < outputs; o += width) {
      width = rows.outputs = outputs_at_once(job, (int32_t)(outputs - o));
      float *to = scratch;
      if (job->activated)
        to = job->activated + (at * outputs + o) * rows.y_plane + row * pool->stride_height * row_floats;
      cc_correlate_function(conv)(&rows, conv->x + at * conv->x_group, conv->packed + (group * outputs + o) * depth,
                              conv->bias ? conv->bias + group * outputs + o : NULL, to, 0, rows.out_height);
      for (size_t i = 0; i < width; i++, to += rows.y_plane) {
        size_t place = (at * outputs + o + i) * job->y_plane + row * pooled_floats;
        if (conv->activation) conv->activation(window_floats, to, to);
        if (job->takes_largest)
          kernels->pool.max_forward(&job->window_row, 1, to, job->y + place, job->winner ? job->winner + place : NULL);
        else kernels->pool.average_forward(&job->window_row, 1, to, job->y + place);
        if (job->pooled_activation) job->pooled_activation(pooled_floats, job->y + place, job->y + place);
      }
    }
  }
}

static void run_pooled(const cc_correlation_job *convolution, const cc_conv_epilogue *epilogue, float *activated, float *y,
                       uint16_t *winner) {
  fused_job job = {.convolution = *convolution, .takes_largest = epilogue->pooling == CC_MAX_POOLING,
                   .activated = activated, .y = y, .winner = winner};
  if (epilogue->pooled_activation != CC_IDENTITY)
    job.pooled_activation = cc_active_kernels()->elementwise.unary[epilogue->pooled_activation];
  cc_pool_planes_of(&epilogue->pool, &job.window_row);
  job.out_height = job.window_row.out_height;
  job.y_plane = job.out_height * job.window_row.out_width * CC_LANES;
  job.window_row.out_height = 1;
  job.window_row.shape.in_height = epilogue->pool.kernel_height;
  const cc_correlation *c = &convolution->correlation;
  size_t products = (size_t)c->outputs * c->channels * c->kernel_height * c->kernel_width * c->out_height * c->out_width;
  job.convolution.bands = cc_task_count(products, PRODUCTS_PER_TASK);
  if (job.convolution.bands > job.out_height) job.convolution.bands = job.out_height;
  cc_parallel(convolution->plan->blocks * convolution->plan->shape.groups * job.convolution.bands, pool_band, &job);
}

cc_status cc_conv_forward_fused(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue, const void *x,
                                const void *weights, const void *bias, void *activated, void *y, uint16_t *winner,
                                void *workspace) {
  if (!plan || !epilogue || !x || !weights || !y || !workspace) return CC_BAD_POINTER;
  if (!cc_conv_forward_fuses(plan, epilogue)) return CC_UNSUPPORTED;
  if (plan->algorithm == CC_CONV_WINOGRAD)
    return cc_winograd_forward(plan, epilogue, x, weights, bias, y, winner, workspace);
  if (plan->forward_in_windows) return cc_windows_forward(plan, epilogue->activation, x, weights, bias, y);
  cc_conv_pack(plan, false, weights, workspace);
  cc_correlation_job job = cc_forward_job(plan, x, workspace, bias, y);
  if (epilogue->activation != CC_IDENTITY)
    job.activation = cc_active_kernels()->elementwise.unary[epilogue->activation];
  if (epilogue->pooling == CC_NO_POOLING) cc_run_correlation(&job);
  else run_pooled(&job, epilogue, activated, y, winner);
  return CC_OK;
}
