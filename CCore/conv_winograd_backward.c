// Winograd convolution backward: D = A dy Aᵀ serves both gradients. Interleaved, or row-major for the weights alone.
#include "conv_winograd.h"
#include <string.h>

enum {
  BACKWARD_PARTS = 16,  // each has weight gradients of its own
  COLUMNS_PER_TASK = 2,
  BIAS_POINT = 7,       // where A dy Aᵀ has the sum of all dy: the second row of Aᵀ's transpose is ones
};

static size_t padded_channels(const winograd_job *j) { return winograd_round_up(j->channels, CC_WINOGRAD_COLUMN); }
static size_t padded_outputs(const winograd_job *j) { return winograd_round_up(j->outputs, CC_WINOGRAD_OUTPUTS); }

// Floats of gradients for each part, and of the pixel rows at its upper edge.
static size_t part_gradient(const winograd_job *j) { return POINTS * padded_channels(j) * padded_outputs(j); }
static size_t part_fringe(const winograd_job *j) { return j->channels * 2 * (size_t)j->plan->shape.in_width * CC_LANES; }

// ------------------------------------------------------------------------------------------------ steps of a panel

static void transform_both(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const size_t tasks = winograd_channel_tasks(j->outputs);
  if (task >= tasks) winograd_transform_input(context, task - tasks);
  else j->kernels->transform_gradient(&j->y, p->tiles, p->count, cc_split(j->outputs, task, tasks), &p->outputs);
}

static size_t column_tasks(const winograd_job *j) {
  return cc_task_count(j->channels, CC_WINOGRAD_COLUMN * COLUMNS_PER_TASK);
}

// (point, some input channels): their weight gradients.
static void accumulate_point(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const size_t tasks = column_tasks(j), point = task / tasks, eights = winograd_eights(j->outputs);
  const cc_span columns = cc_split(padded_channels(j) / CC_WINOGRAD_COLUMN, task % tasks, tasks);
  const float *v = p->inputs.data + point * p->inputs.point_step + columns.begin * CC_WINOGRAD_COLUMN * cc_winograd_channel(p->count);
  const float *d = p->outputs.data + point * p->outputs.point_step;
  float scratch[MOST_VECTORS * CC_LANES * COLUMNS_PER_TASK * CC_WINOGRAD_COLUMN] __attribute__((aligned(64)));
  float *du = j->du + p->part * part_gradient(j) + columns.begin * POINTS * padded_outputs(j) * CC_WINOGRAD_COLUMN;
  j->kernels->accumulate(d, p->outputs.step, eights, v, p->inputs.step, columns.end - columns.begin, p->count,
                         p->adds, du + point * CC_WINOGRAD_OUTPUTS * CC_WINOGRAD_COLUMN, scratch);
  if (j->dbias && point == BIAS_POINT && columns.begin == 0)
    j->kernels->sum(d, p->outputs.step, j->outputs, p->count, p->adds, j->dbias + p->part * padded_outputs(j));
}

// The first tile of a part; whether it overlaps with tiles above it.
static cc_winograd_tile first_tile(const winograd_job *j, size_t part) {
  return winograd_tile_at(j, cc_split(j->blocks * j->down, part, j->parts).begin * j->across);
}

static bool overlaps(const winograd_job *j, cc_winograd_tile first) { return first.row >= j->plan->shape.dilation_height; }

static void transform_data(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const cc_winograd_points e = winograd_chunk_points(p);
  const cc_winograd_tile first = first_tile(j, p->part);
  float *fringe = j->parts > 1 && overlaps(j, first) ? j->fringe + p->part * part_fringe(j) : NULL;
  j->kernels->transform_data(&e, p->tiles, p->count, winograd_task_channels(p, task), &j->dx, fringe, first);
}

static void backward_panel(winograd_panel *p) {
  const winograd_job *j = p->job;
  const size_t inputs = j->wants_weights ? winograd_channel_tasks(j->channels) : 0;
  cc_parallel(winograd_channel_tasks(j->outputs) + inputs, transform_both, p);
  if (j->wants_weights) cc_parallel(POINTS * column_tasks(j), accumulate_point, p);
  if (j->dx.data) winograd_multiply(p, NULL, p->outputs, p->inputs, transform_data);
}

// ------------------------------------------------------------------------------------------------ after all parts

// Adds the two pixel rows that a part shares with the one before it.
static void add_fringe(void *context, size_t part) {
  const winograd_job *j = context;
  const cc_winograd_planes *dx = &j->dx;
  const cc_winograd_tile first = first_tile(j, part);
  const size_t row = (size_t)dx->width * CC_LANES;
  const float *fringe = j->fringe + part * part_fringe(j);
  for (size_t c = 0; overlaps(j, first) && c < j->channels; c++)
    for (int64_t r = 0, at = first.row + dx->top; r < 2; r++, at += dx->dilation_height, fringe += row)
      if (at >= 0 && at < dx->height)
        cc_active_kernels()->elementwise.accumulate(
            row, 1, fringe, dx->data + first.block * dx->block_step + (c * dx->height + at) * row);
}

typedef struct {
  const winograd_job *job;
  float *dw, *dbias;
} finish_job;

// Of eight output channels.
static void finish_weights(void *context, size_t eight) {
  const finish_job *f = context;
  const winograd_job *j = f->job;
  const size_t k = eight * CC_WINOGRAD_OUTPUTS, count = winograd_smaller(j->outputs - k, CC_WINOGRAD_OUTPUTS);
  for (size_t c = 0; f->dw && c < j->channels; c += CC_WINOGRAD_COLUMN)
    j->kernels->finish(j->du + POINTS * (c * padded_outputs(j) + k * CC_WINOGRAD_COLUMN), part_gradient(j), j->parts, count,
                       winograd_smaller(j->channels - c, CC_WINOGRAD_COLUMN), f->dw + (k * j->channels + c) * 9,
                       j->channels * 9);
  for (size_t i = k; f->dbias && i < k + count; i++) {
    float sum = 0;
    for (size_t part = 0; part < j->parts; part++) sum += j->dbias[part * padded_outputs(j) + i];
    f->dbias[i] = sum;
  }
}

// ------------------------------------------------------------------------------------------------ driver

// The job without its planes; workspace: weights, gradients, fringes, gradients of the bias.
static winograd_job job_of(const cc_conv_plan *plan, float *workspace) {
  winograd_job j = winograd_job_of(plan, plan->out_height, plan->out_width, workspace);
  const bool rows = plan->layout == CC_ROW_MAJOR;
  winograd_split(&j, BACKWARD_PARTS, rows ? CC_WINOGRAD_TRIPLE : j.across, j.outputs, j.channels);
  j.run = backward_panel;
  if (!workspace) return j;
  j.du = workspace + cc_winograd_weights_floats(plan);
  j.fringe = j.du + j.parts * part_gradient(&j);
  j.dbias = j.fringe + (rows ? 0 : j.parts * part_fringe(&j));
  return j;
}

size_t cc_winograd_workspace_bytes(const cc_conv_plan *plan) {
  const winograd_job j = job_of(plan, NULL);
  size_t part = part_gradient(&j) + padded_outputs(&j) + (plan->layout == CC_ROW_MAJOR ? 0 : part_fringe(&j));
  return (cc_winograd_weights_floats(plan) + j.parts * part) * sizeof(float);
}

cc_status cc_winograd_backward(const cc_conv_plan *plan, const cc_conv_gradient *gradient, const float *x,
                               const float *weights, float *dx, float *dw, float *dbias, float *workspace) {
  winograd_job j = job_of(plan, workspace);
  j.wants_weights = dw || dbias;
  if (j.vectors == 0) memset(j.du, 0, plan->workspace_bytes - cc_winograd_weights_floats(plan) * sizeof(float));  // no panel sets it
  if (!dbias) j.dbias = NULL;
  cc_status status = CC_OK;
  for (size_t group = 0; group < (size_t)plan->shape.groups && status == CC_OK; group++) {
    const size_t first = group * j.outputs * j.channels * 9;
    j.x = winograd_input_planes(plan, group, x);
    j.dx = winograd_input_planes(plan, group, dx);
    j.y = winograd_output_planes(plan, group, &gradient->epilogue, gradient->dy, gradient->activated, (uint16_t *)gradient->winner);
    if (dx) winograd_set_weights(&j, weights + first, true);
    status = winograd_run(&j, j.outputs);
    if (dx && j.parts > 1) cc_parallel(j.parts, add_fringe, &j);
    finish_job f = {&j, dw ? dw + first : NULL, dbias ? dbias + group * j.outputs : NULL};
    if (j.wants_weights) cc_parallel(winograd_eights(j.outputs), finish_weights, &f);
  }
  return status;
}
