// Weight and bias gradients: partial sums over parts of the image blocks, then the partials added in order.
#include "conv_plan.h"
#include "parallel.h"
#include <string.h>

enum { WEIGHTS_PER_TASK = 1 << 11 };

cc_weight_gradient cc_weight_gradient_of(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (cc_weight_gradient){
      .in_height = s->in_height, .in_width = s->in_width, .out_height = plan->out_height, .out_width = plan->out_width,
      .kernel_height = s->kernel_height, .kernel_width = s->kernel_width,
      .stride_height = s->stride_height, .stride_width = s->stride_width,
      .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
      .pad_top = s->pad_top, .pad_left = s->pad_left,
      .x_block = s->in_channels * plan->in_plane,
      .dw_output = (size_t)(s->in_channels / s->groups) * s->kernel_height * s->kernel_width,
  };
}

cc_weight_job cc_weight_job_of(const cc_conv_plan *plan, const float *x, float *partials, float *dw, float *dbias) {
  const cc_conv_shape *s = &plan->shape;
  const size_t outputs = s->out_channels / s->groups;
  const bool alone = plan->gradient_parts == 1;  // the only part is the result
  return (cc_weight_job){
      .plan = plan, .x = x,
      .dw = alone && dw ? dw : partials, .dbias = alone || !dbias ? dbias : partials + plan->weight_count,
      .part_step = plan->weight_count + s->out_channels,
      .group_tiles = (outputs + CC_GRADIENT_OUTPUTS - 1) / CC_GRADIENT_OUTPUTS,
      .gradient = cc_weight_gradient_of(plan),
  };
}

cc_span cc_weight_tile_channels(const cc_weight_job *job, size_t tile) {
  const cc_conv_shape *s = &job->plan->shape;
  const size_t outputs = s->out_channels / s->groups, group = tile / job->group_tiles;
  cc_span k = cc_split(outputs, tile % job->group_tiles, job->group_tiles);
  return (cc_span){group * outputs + k.begin, group * outputs + k.end};
}

void cc_weight_tiles(const cc_weight_job *job, size_t part, cc_span tiles, const float *dy, size_t dy_block, float *scratch) {
  const cc_conv_plan *plan = job->plan;
  const cc_conv_kernels *kernels = &cc_active_kernels()->conv;
  const size_t depth = plan->shape.in_channels / plan->shape.groups;
  const cc_span blocks = cc_split(plan->blocks, part, plan->gradient_parts);
  const size_t count = blocks.end - blocks.begin;
  cc_weight_gradient gradient = job->gradient;
  gradient.dy_block = dy_block;
  for (size_t tile = tiles.begin, next; tile < tiles.end; tile = next) {
    const size_t group = tile / job->group_tiles, group_end = (group + 1) * job->group_tiles;
    next = plan->weights_in_points ? (group_end < tiles.end ? group_end : tiles.end) : tile + 1;
    const size_t first = cc_weight_tile_channels(job, tile).begin, outputs = cc_weight_tile_channels(job, next - 1).end - first;
    const float *x = job->x + blocks.begin * gradient.x_block + group * depth * plan->in_plane;
    float *dw = job->dw + part * job->part_step + first * gradient.dw_output;
    if (plan->weights_in_points)
      kernels->weight_gradient_points(&gradient, count, plan->weight_rows, outputs, depth, x, dy, dw, scratch);
    else kernels->weight_gradient(&gradient, count, (int32_t)outputs, (int32_t)depth, x, dy, dw);
    if (job->dbias)
      kernels->sum_planes(count, dy_block, outputs, plan->out_plane, dy, job->dbias + part * job->part_step + first);
    dy += outputs * plan->out_plane;
  }
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
  if (!sum || partials == sum) return;
  sum_job job = {partials, sum, count, parts, part_step, cc_task_count(count, WEIGHTS_PER_TASK)};
  cc_parallel(job.tasks, sum_task, &job);
}

void cc_weight_sum(const cc_weight_job *job, float *dw, float *dbias) {
  const cc_conv_plan *plan = job->plan;
  sum_parts(plan->weight_count, plan->gradient_parts, job->part_step, job->dw, dw);
  sum_parts(plan->shape.out_channels, plan->gradient_parts, job->part_step, job->dbias, dbias);
}
