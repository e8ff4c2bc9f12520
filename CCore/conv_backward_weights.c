// Weight and bias gradients: partial sums over shares of the image blocks, then the partials added in order.
#include "conv_plan.h"
#include "parallel.h"
#include "reference.h"
#include <string.h>

enum { ENOUGH_TASKS = 16, WEIGHTS_PER_TASK = 1 << 13 };

typedef struct {
  const cc_conv_plan *plan;
  cc_weight_gradient gradient;        // of one group
  const float *x, *dy;
  float *dw, *dbias;                  // of the first part; dbias NULL if not asked for
  size_t part_step;                   // floats from one part's dw and dbias to the next
  size_t tiles, channel_parts;        // of a group's output and input channels
  size_t tasks;                       // of the sum
} gradient_job;

// (part of the blocks, group, tile of output channels, part of the input channels)
static void gradient_task(void *context, size_t task) {
  const gradient_job *job = context;
  const cc_conv_plan *plan = job->plan;
  const cc_conv_shape *s = &plan->shape;
  const size_t depth = s->in_channels / s->groups, outputs = s->out_channels / s->groups;
  size_t channel_part = task % job->channel_parts, tile = task / job->channel_parts % job->tiles;
  size_t group = task / job->channel_parts / job->tiles % s->groups;
  size_t part = task / job->channel_parts / job->tiles / s->groups;
  cc_span blocks = cc_split(plan->blocks, part, plan->gradient_parts);
  cc_span c = cc_split(depth, channel_part, job->channel_parts), k = cc_split(outputs, tile, job->tiles);
  size_t output = group * outputs + k.begin;
  const float *x = job->x + blocks.begin * job->gradient.x_block + (group * depth + c.begin) * plan->in_plane;
  const float *dy = job->dy + blocks.begin * job->gradient.dy_block + output * plan->out_plane;
  float *dw = job->dw + part * job->part_step + output * job->gradient.dw_output +
              c.begin * s->kernel_height * s->kernel_width;
  const cc_conv_kernels *kernels = &cc_active_kernels()->conv;
  int32_t count = (int32_t)(k.end - k.begin);
  kernels->weight_gradient(&job->gradient, blocks.end - blocks.begin, count, (int32_t)(c.end - c.begin), x, dy, dw);
  if (job->dbias && channel_part == 0)
    kernels->bias_gradient(&job->gradient, blocks.end - blocks.begin, count, dy, job->dbias + part * job->part_step + output);
}

typedef struct {
  const float *partials;
  float *sum;
  size_t count, parts, part_step, tasks;
} sum_job;

static void sum_task(void *context, size_t task) {
  const sum_job *job = context;
  cc_span span = cc_split(job->count, task, job->tasks);
  memcpy(job->sum + span.begin, job->partials + span.begin, (span.end - span.begin) * sizeof(float));
  for (size_t part = 1; part < job->parts; part++) {
    const float *partial = job->partials + part * job->part_step;
    for (size_t i = span.begin; i < span.end; i++) job->sum[i] += partial[i];
  }
}

static void sum_parts(size_t count, size_t parts, size_t part_step, const float *partials, float *sum) {
  sum_job job = {partials, sum, count, parts, part_step, cc_task_count(count, WEIGHTS_PER_TASK)};
  cc_parallel(job.tasks, sum_task, &job);
}

cc_status cc_conv_backward_weights(const cc_conv_plan *plan, const void *x, const void *dy, void *dw, void *dbias,
                                   void *workspace) {
  if (!plan) return CC_BAD_POINTER;
  const cc_conv_shape *s = &plan->shape;
  if (plan->algorithm == CC_CONV_REFERENCE)
    return cc_reference_conv_backward_weights(s, plan->dtype, x, dy, dw, dbias);
  if (!x || !dy || !dw || !workspace) return CC_BAD_POINTER;
  const size_t depth = s->in_channels / s->groups, outputs = s->out_channels / s->groups, parts = plan->gradient_parts;
  const bool alone = parts == 1;  // the only part is the result
  float *partials = workspace;
  gradient_job job = {
      .plan = plan, .x = x, .dy = dy,
      .dw = alone ? dw : partials, .dbias = alone || !dbias ? dbias : partials + plan->weight_count,
      .part_step = plan->weight_count + s->out_channels,
      .tiles = (outputs + CC_GRADIENT_OUTPUTS - 1) / CC_GRADIENT_OUTPUTS,
      .gradient = {
          .in_height = s->in_height, .in_width = s->in_width, .out_height = plan->out_height, .out_width = plan->out_width,
          .kernel_height = s->kernel_height, .kernel_width = s->kernel_width,
          .stride_height = s->stride_height, .stride_width = s->stride_width,
          .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
          .pad_top = s->pad_top, .pad_left = s->pad_left,
          .x_block = s->in_channels * plan->in_plane, .dy_block = s->out_channels * plan->out_plane,
          .dw_output = depth * s->kernel_height * s->kernel_width,
      }};
  size_t tasks = parts * s->groups * job.tiles;
  job.channel_parts = tasks >= ENOUGH_TASKS ? 1 : (ENOUGH_TASKS + tasks - 1) / tasks;
  if (job.channel_parts > depth) job.channel_parts = depth;
  cc_parallel(tasks * job.channel_parts, gradient_task, &job);
  if (alone) return CC_OK;
  sum_parts(plan->weight_count, parts, job.part_step, job.dw, dw);
  if (dbias) sum_parts(s->out_channels, parts, job.part_step, job.dbias, dbias);
  return CC_OK;
}
