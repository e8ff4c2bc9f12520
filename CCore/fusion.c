// Convolution and max-pooling in one pass: the rows under a row of windows are convolved into a scratch that stays in the
// first-level cache, a register tile of output channels at a time, and pooled from there.
#include "fusion.h"
#include "conv_plan.h"
#include "parallel.h"

enum {
  SCRATCH_FLOATS = 1 << 13,        // 32 KB on the stack of a task
  PRODUCTS_PER_TASK = 1 << 15,     // as in conv_forward.c
};

typedef struct {
  cc_correlation_job convolution;
  cc_pool_planes window_row;  // one plane of the scratch
  float *y;
  uint16_t *winner;
  size_t out_height, y_plane;
} fused_job;

bool cc_conv_max_pool_fuses(const cc_conv_plan *plan, const cc_pool_shape *pool) {
  int32_t height, width;
  if (!plan || cc_pool_output_size(pool, &height, &width) != CC_OK) return false;
  size_t row = (size_t)plan->out_width * CC_LANES, tile = cc_active_kernels()->conv.widest_tile;
  return plan->algorithm == CC_CONV_DIRECT && pool->batch == plan->shape.batch &&
         pool->channels == plan->shape.out_channels && pool->in_height == plan->out_height &&
         pool->in_width == plan->out_width && pool->pad_height == 0 && pool->pad_width == 0 &&
         pool->stride_height >= pool->kernel_height && tile * pool->kernel_height * row <= SCRATCH_FLOATS;
}

// Rows of windows of one group in one image block.
static void pool_band(void *context, size_t task) {
  const fused_job *job = context;
  const cc_correlation_job *conv = &job->convolution;
  const cc_kernels *kernels = cc_active_kernels();
  const cc_pool_shape *pool = &job->window_row.shape;
  float scratch[SCRATCH_FLOATS] __attribute__((aligned(64)));
  cc_correlation rows = conv->correlation;
  rows.out_height = pool->kernel_height;
  rows.y_plane = (size_t)rows.out_height * rows.y_row;
  size_t groups = conv->plan->shape.groups, at = task / conv->bands, group = at % groups;
  size_t outputs = rows.outputs, depth = (size_t)rows.channels * rows.taps, row_floats = job->window_row.out_width * CC_LANES;
  cc_span span = cc_split(job->out_height, task % conv->bands, conv->bands);
  for (size_t row = span.begin; row < span.end; row++) {
    rows.pad_top = conv->correlation.pad_top - (int64_t)row * pool->stride_height * rows.stride_height;
    for (size_t o = 0, width; o < outputs; o += width) {
      width = rows.outputs = cc_conv_tile_outputs(kernels->conv.widest_tile, (int32_t)(outputs - o));
      kernels->conv.correlate(&rows, conv->x + at * conv->x_group, conv->packed + (group * outputs + o) * depth,
                              conv->bias ? conv->bias + group * outputs + o : NULL, scratch, 0, rows.out_height);
      for (size_t i = 0; i < width; i++) {
        size_t place = (at * outputs + o + i) * job->y_plane + row * row_floats;
        kernels->pool.max_forward(&job->window_row, 1, scratch + i * rows.y_plane, job->y + place,
                                  job->winner ? job->winner + place : NULL);
      }
    }
  }
}

cc_status cc_conv_max_pool_forward(const cc_conv_plan *plan, const cc_pool_shape *pool, const void *x,
                                   const void *weights, const void *bias, void *y, uint16_t *winner, void *workspace) {
  if (!plan || !pool || !x || !weights || !y || !workspace) return CC_BAD_POINTER;
  if (!cc_conv_max_pool_fuses(plan, pool)) return CC_UNSUPPORTED;
  int32_t out_height, out_width;
  cc_pool_output_size(pool, &out_height, &out_width);
  cc_conv_pack(plan, false, weights, workspace);
  fused_job job = {
      .convolution = cc_forward_job(plan, x, workspace, bias, NULL),
      .window_row = {.shape = *pool, .out_height = 1, .out_width = out_width, .disjoint = true},
      .y = y, .winner = winner, .out_height = out_height, .y_plane = (size_t)out_height * out_width * CC_LANES,
  };
  job.window_row.shape.in_height = pool->kernel_height;
  const cc_correlation *c = &job.convolution.correlation;
  size_t products = (size_t)c->outputs * c->channels * c->kernel_height * c->kernel_width * c->out_height * c->out_width;
  job.convolution.bands = cc_task_count(products, PRODUCTS_PER_TASK);
  if (job.convolution.bands > job.out_height) job.convolution.bands = job.out_height;
  cc_parallel(plan->blocks * plan->shape.groups * job.convolution.bands, pool_band, &job);
  return CC_OK;
}
