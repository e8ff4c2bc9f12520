// Forward convolution: packs the weights, then every (image block, group, band of output rows) is a task.
#include "conv_plan.h"
#include "parallel.h"
#include "reference.h"

// Multiplications of vectors in one task: about 4 µs.
enum { PRODUCTS_PER_TASK = 1 << 14, PACKED_PER_TASK = 1 << 11 };

// ------------------------------------------------------------------------------------------------ packing

typedef struct {
  const cc_conv_plan *plan;
  bool backward;
  const float *weights;
  float *packed;
  size_t tasks;
} pack_job;

// Output channels of the next register tile.
static int32_t tile_outputs(bool in_points, int32_t left) {
  return in_points ? cc_conv_point_outputs(left) : cc_conv_tile_outputs(cc_active_kernels()->conv.widest_tile, left);
}

// Output channels [first, first + width) of a group; `inputs` channels of taps each.
static void pack_tile(const pack_job *job, size_t group, size_t first, size_t width, size_t inputs, float *packed) {
  const cc_conv_shape *s = &job->plan->shape;
  const size_t depth = s->in_channels / s->groups, taps = (size_t)s->kernel_height * s->kernel_width;
  // Steps of the weights, [K][C/groups][taps], from one output and one input of the correlation to the next.
  const size_t output_step = job->backward ? taps : depth * taps, input_step = job->backward ? depth * taps : taps;
  const float *weights = job->weights + group * (s->out_channels / s->groups) * depth * taps + first * output_step;
  if (job->backward ? job->plan->data_in_points : job->plan->forward_in_points) {
    cc_active_kernels()->conv.pack_points(weights, width, inputs, s->kernel_height, s->kernel_width, output_step, input_step,
                                          job->backward, packed);
    return;
  }
  for (size_t input = 0; input < inputs; input++)
    for (size_t tap = 0; tap < taps; tap++)
      for (size_t o = 0; o < width; o++) *packed++ = weights[o * output_step + input * input_step + tap];
}

static void pack_part(void *context, size_t task) {
  const pack_job *job = context;
  const cc_conv_shape *s = &job->plan->shape;
  const bool in_points = job->backward ? job->plan->data_in_points : job->plan->forward_in_points;
  const size_t taps = (size_t)s->kernel_height * (in_points ? CC_CONV_POINTS : s->kernel_width);
  const size_t c = s->in_channels / s->groups, k = s->out_channels / s->groups;
  const size_t inputs = job->backward ? k : c, outputs = job->backward ? c : k;
  cc_span share = cc_split(s->groups * outputs, task, job->tasks);  // tiles that begin here are ours
  for (size_t group = share.begin / outputs; group * outputs < share.end; group++)
    for (size_t o = 0, width; o < outputs; o += width) {
      width = tile_outputs(in_points, (int32_t)(outputs - o));
      size_t at = group * outputs + o;
      if (at >= share.begin && at < share.end) pack_tile(job, group, o, width, inputs, job->packed + at * inputs * taps);
    }
}

void cc_conv_pack(const cc_conv_plan *plan, bool backward, const float *weights, float *packed) {
  pack_job job = {plan, backward, weights, packed, cc_task_count(plan->weight_count, PACKED_PER_TASK)};
  cc_parallel(job.tasks, pack_part, &job);
}

// ------------------------------------------------------------------------------------------------ correlation

cc_correlate_kernel *cc_correlate_function(const cc_correlation_job *job) {
  const cc_conv_kernels *kernels = &cc_active_kernels()->conv;
  return job->in_points ? kernels->correlate_points : kernels->correlate;
}

void cc_correlate_rows(const cc_correlation_job *job, size_t block, size_t group, cc_span rows) {
  const cc_correlation *c = &job->correlation;
  size_t at = block * job->plan->shape.groups + group;
  float *y = job->y + at * job->y_group;
  cc_correlate_function(job)(c, job->x + at * job->x_group, job->packed + group * c->outputs * c->channels * c->taps,
                             job->bias ? job->bias + group * c->outputs : NULL, y, rows.begin, rows.end);
  for (int32_t o = 0; job->activation && o < c->outputs; o++) {
    float *band = y + o * c->y_plane + rows.begin * c->y_row;
    job->activation((rows.end - rows.begin) * c->y_row, band, band);
  }
}

static void correlate_band(void *context, size_t task) {
  const cc_correlation_job *job = context;
  size_t groups = job->plan->shape.groups;
  cc_correlate_rows(job, task / job->bands / groups, task / job->bands % groups,
                    cc_split(job->correlation.out_height, task % job->bands, job->bands));
}

void cc_run_correlation(cc_correlation_job *job) {
  const cc_correlation *c = &job->correlation;
  size_t products = (size_t)c->outputs * c->channels * c->kernel_height * c->kernel_width * c->out_height * c->out_width;
  job->bands = cc_task_count(products, PRODUCTS_PER_TASK);
  if (job->bands > (size_t)c->out_height) job->bands = c->out_height;
  cc_parallel(job->plan->blocks * job->plan->shape.groups * job->bands, correlate_band, job);
}

cc_correlation_job cc_forward_job(const cc_conv_plan *plan, const float *x, const float *packed, const float *bias,
                                  float *y) {
  const cc_conv_shape *s = &plan->shape;
  const size_t channels = s->in_channels / s->groups, outputs = s->out_channels / s->groups;
  return (cc_correlation_job){
      .plan = plan, .x = x, .packed = packed, .bias = bias, .y = y, .in_points = plan->forward_in_points,
      .x_group = channels * plan->in_plane, .y_group = outputs * plan->out_plane,
      .correlation = {
          .channels = (int32_t)channels, .in_height = s->in_height, .in_width = s->in_width,
          .outputs = (int32_t)outputs, .out_height = plan->out_height, .out_width = plan->out_width,
          .kernel_height = s->kernel_height, .kernel_width = s->kernel_width,
          .stride_height = s->stride_height, .stride_width = s->stride_width,
          .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
          .pad_top = s->pad_top, .pad_left = s->pad_left,
          .taps = (ptrdiff_t)s->kernel_height * (plan->forward_in_points ? CC_CONV_POINTS : s->kernel_width),
          .tap_row = s->kernel_width, .tap_column = 1,
          .y_plane = plan->out_plane, .y_row = (size_t)plan->out_width * CC_LANES, .y_column = CC_LANES,
      }};
}

cc_status cc_conv_forward(const cc_conv_plan *plan, const void *x, const void *weights, const void *bias, void *y,
                          void *workspace) {
  if (!plan) return CC_BAD_POINTER;
  if (plan->algorithm == CC_CONV_REFERENCE)
    return cc_reference_conv_forward(&plan->shape, plan->dtype, x, weights, bias, y);
  if (!x || !weights || !y) return CC_BAD_POINTER;
  if (plan->algorithm == CC_CONV_PATCHES)
    return plan->forward_in_windows ? cc_windows_forward(plan, CC_IDENTITY, x, weights, bias, y)
                                    : cc_patches_forward(plan, x, weights, bias, y);
  if (plan->algorithm == CC_CONV_DEPTHWISE) return cc_depthwise_forward(plan, x, weights, bias, y);
  if (!workspace) return CC_BAD_POINTER;
  if (plan->algorithm == CC_CONV_WINOGRAD)
    return cc_winograd_forward(plan, &(cc_conv_epilogue){.activation = CC_IDENTITY}, x, weights, bias, y, NULL, workspace);
  cc_conv_pack(plan, false, weights, workspace);
  cc_correlation_job job = cc_forward_job(plan, x, workspace, bias, y);
  cc_run_correlation(&job);
  return CC_OK;
}
