// Winograd convolution: all three passes of 3 × 3 kernels with stride 1. kernels/winograd_kernels.h has the mathematics.
//
// The tiles of a batch, in the order of blocks, rows and columns, are worked off in panels: the tiles of a panel are
// transformed, multiplied at all 36 points and transformed back. With few channels a panel of a few tiles stays in the
// second-level cache; the tiles then fall into many parts, each on one thread. With many channels the weights are what
// is large: panels have many tiles, there is one part, and the threads share the work of each step of a panel.
// Either way the steps are written once: inside a task cc_parallel runs them on the thread that calls.
#include "buffer.h"
#include "conv_plan.h"
#include "fusion.h"
#include "parallel.h"

enum {
  POINTS = CC_WINOGRAD_POINTS,
  MOST_TILES = 24,            // of a panel
  PANEL_BYTES = 1200 << 10,   // that stay in the second-level cache beside the weights
  FORWARD_PARTS = 32,         // enough for many threads
  BACKWARD_PARTS = 16,        // each has weight gradients of its own
  CHANNELS_PER_TASK = 16,
  EIGHTS_PER_TASK = 8,
  COLUMNS_PER_TASK = 2,
  POINT_GAP = 48,       // floats between points: 36 streams at a power of two apart would fall on one cache set
  BIAS_POINT = 7,       // where A dy Aᵀ has the sum of all dy: the second row of Aᵀ's transpose is ones
};

typedef struct panel panel;

// One group of channels.
typedef struct {
  const cc_conv_plan *plan;
  const cc_winograd_kernels *kernels;
  void (*run)(panel *p);
  size_t channels, outputs;      // C and K
  cc_winograd_planes x, y, dx;   // y: or dy; dx.data NULL: not wanted
  const float *bias;
  float *u;
  size_t u_step;                 // floats of eight outputs
  bool wants_weights;
  float *du, *dbias, *fringe;    // of the first part
  size_t parts, unit, panel_tiles;  // parts are whole units of tiles
  float *scratch;                // the points of a panel, for each task at a time
} job;

struct panel {
  const job *job;
  cc_winograd_tile tiles[MOST_TILES];
  size_t count;
  cc_winograd_points inputs, outputs;  // V, then E; M or D
  size_t part;
  bool adds;  // to the part's gradients
};

static size_t round_up(size_t a, size_t unit) { return (a + unit - 1) / unit * unit; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static size_t padded_channels(size_t channels) { return round_up(channels, CC_WINOGRAD_COLUMN); }
static size_t padded_outputs(size_t outputs) { return round_up(outputs, CC_WINOGRAD_OUTPUTS); }

static cc_winograd_points points(float *data, size_t channels, size_t tiles) {
  size_t triple = channels * CC_WINOGRAD_TRIPLE * CC_LANES;
  return (cc_winograd_points){data, round_up(tiles, CC_WINOGRAD_TRIPLE) / CC_WINOGRAD_TRIPLE * triple + POINT_GAP, triple};
}

// Floats of gradients for each part, and of the pixel rows at its upper edge.
static size_t part_gradient(size_t channels, size_t outputs) {
  return POINTS * padded_channels(channels) * padded_outputs(outputs);
}
static size_t part_fringe(size_t channels, int32_t width) { return channels * 2 * width * CC_LANES; }

// ------------------------------------------------------------------------------------------------ plan

void cc_winograd_plan(cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  cc_winograd_split *w = &plan->winograd;
  const size_t channels = s->in_channels / s->groups, outputs = s->out_channels / s->groups;
  w->tiles_down = (plan->out_height + 3) / 4;
  w->tiles_across = (plan->out_width + 3) / 4;
  const size_t rows = plan->blocks * w->tiles_down, tiles = rows * w->tiles_across;
  const size_t tile = POINTS * CC_LANES * sizeof(float) * (padded_channels(channels) + padded_outputs(outputs));
  if (CC_WINOGRAD_TRIPLE * tile <= PANEL_BYTES) {
    w->panel_tiles = CC_WINOGRAD_TRIPLE;
    w->forward_parts = larger(1, smaller((tiles + 2) / 3, FORWARD_PARTS));
    w->backward_parts = larger(1, smaller(rows, BACKWARD_PARTS));
  } else {
    w->panel_tiles = MOST_TILES;
    w->forward_parts = w->backward_parts = 1;
  }
  size_t u = POINTS * larger(padded_outputs(outputs) * channels, padded_channels(channels) * outputs);
  size_t part = part_gradient(channels, outputs) + padded_outputs(outputs) + part_fringe(channels, s->in_width);
  plan->workspace_bytes = (u + w->backward_parts * part) * sizeof(float);
}

bool cc_winograd_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *e) {
  const cc_pool_shape *p = &e->pool;
  if (e->pooling == CC_NO_POOLING) return e->activation == CC_IDENTITY || e->activation == CC_RELU;
  return e->pooling == CC_MAX_POOLING && e->activation == CC_IDENTITY && p->batch == plan->shape.batch &&
         p->channels == plan->shape.out_channels && p->in_height == plan->out_height && p->in_width == plan->out_width &&
         p->kernel_height == 2 && p->kernel_width == 2 && p->stride_height == 2 && p->stride_width == 2 &&
         p->pad_height == 0 && p->pad_width == 0;
}

// ------------------------------------------------------------------------------------------------ parts and panels

static void run_part(void *context, size_t part) {
  const job *j = context;
  const cc_winograd_split *w = &j->plan->winograd;
  const size_t in_row = w->tiles_across, in_block = in_row * w->tiles_down, total = in_block * j->plan->blocks;
  cc_span units = cc_split((total + j->unit - 1) / j->unit, part, j->parts);
  panel p = {.job = j, .part = part};
  cc_winograd_points inputs = points(NULL, padded_channels(j->channels), j->panel_tiles);
  cc_winograd_points outputs = points(NULL, padded_outputs(j->outputs), j->panel_tiles);
  size_t slot = j->parts > 1 ? cc_task_slot() : 0;
  inputs.data = j->scratch + slot * POINTS * (inputs.point_step + outputs.point_step);
  outputs.data = inputs.data + POINTS * inputs.point_step;
  p.inputs = inputs;
  p.outputs = outputs;
  const size_t end = smaller(units.end * j->unit, total);
  for (size_t first = units.begin * j->unit; first < end; first += p.count, p.adds = true) {
    p.count = smaller(end - first, j->panel_tiles);
    for (size_t i = 0; i < p.count; i++) {
      size_t tile = first + i;
      p.tiles[i] = (cc_winograd_tile){tile / in_block, (int32_t)(tile % in_block / in_row), (int32_t)(tile % in_row)};
    }
    j->run(&p);
  }
}

static cc_status run(job *j) {
  size_t slots = j->parts > 1 ? cc_task_slots() : 1;
  size_t floats = POINTS * (points(NULL, padded_channels(j->channels), j->panel_tiles).point_step +
                            points(NULL, padded_outputs(j->outputs), j->panel_tiles).point_step);
  j->scratch = cc_buffer_take(slots * floats * sizeof(float));
  if (!j->scratch) return CC_NO_MEMORY;
  if (j->parts > 1) cc_parallel(j->parts, run_part, j);
  else run_part(j, 0);
  cc_buffer_give(j->scratch, slots * floats * sizeof(float));
  return CC_OK;
}

typedef struct {
  const job *job;
  const float *weights;
  size_t outputs, inputs, output_step, input_step;
} weights_job;

static void transform_weights(void *context, size_t eight) {
  const weights_job *w = context;
  const size_t first = eight * CC_WINOGRAD_OUTPUTS;
  w->job->kernels->transform_weights(w->weights + first * w->output_step, w->weights + w->outputs * w->inputs * 9,
                                     smaller(w->outputs - first, CC_WINOGRAD_OUTPUTS), w->inputs, w->output_step,
                                     w->input_step, w->job->u + eight * w->job->u_step);
}

// U for the forward pass, or with the roles of C and K exchanged.
static void prepare_weights(job *j, const float *weights, bool backward) {
  const size_t c = j->channels, k = j->outputs;
  weights_job w = {j, weights, k, c, c * 9, 9};
  if (backward) w = (weights_job){j, weights, c, k, 9, c * 9};
  j->u_step = POINTS * CC_WINOGRAD_OUTPUTS * w.inputs;
  cc_parallel(padded_outputs(w.outputs) / CC_WINOGRAD_OUTPUTS, transform_weights, &w);
}

static cc_winograd_planes input_planes(const cc_conv_plan *plan, size_t group, const float *data) {
  const cc_conv_shape *s = &plan->shape;
  return (cc_winograd_planes){
      .data = data ? (float *)data + group * (s->in_channels / s->groups) * plan->in_plane : NULL,
      .block_step = s->in_channels * plan->in_plane,
      .height = s->in_height, .width = s->in_width, .top = -(int64_t)s->pad_top, .left = -(int64_t)s->pad_left,
  };
}

static cc_winograd_planes output_planes(const cc_conv_plan *plan, size_t group, const cc_conv_epilogue *e, const float *data,
                                        const float *activated, uint16_t *winner) {
  const cc_conv_shape *s = &plan->shape;
  const bool pooled = e->pooling == CC_MAX_POOLING;
  const size_t plane = pooled ? (size_t)(plan->out_height / 2) * (plan->out_width / 2) * CC_LANES : plan->out_plane;
  const size_t first = group * (s->out_channels / s->groups) * plane;
  return (cc_winograd_planes){
      .data = (float *)data + first, .block_step = s->out_channels * plane,
      .height = plan->out_height, .width = plan->out_width,
      .rectified = e->activation == CC_RELU, .activated = activated ? activated + first : NULL,
      .pooled = pooled, .pool_rectifies = pooled && e->pool.rectifies, .winner = winner ? winner + first : NULL,
  };
}

static job job_of(const cc_conv_plan *plan, void (*run)(panel *), size_t parts, size_t unit, float *workspace) {
  const cc_conv_shape *s = &plan->shape;
  return (job){
      .plan = plan, .kernels = &cc_active_kernels()->winograd, .run = run,
      .channels = s->in_channels / s->groups, .outputs = s->out_channels / s->groups, .u = workspace,
      .parts = parts, .unit = unit, .panel_tiles = plan->winograd.panel_tiles,
  };
}

// ------------------------------------------------------------------------------------------------ forward

static size_t channel_tasks(size_t channels) { return cc_task_count(channels, CHANNELS_PER_TASK); }
static size_t eight_tasks(size_t outputs) { return cc_task_count(outputs, CC_WINOGRAD_OUTPUTS * EIGHTS_PER_TASK); }

static void transform_input(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  j->kernels->transform_input(&j->x, p->tiles, p->count, cc_split(j->channels, task, channel_tasks(j->channels)),
                              &p->inputs);
}

static void multiply_weights(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  const size_t tasks = eight_tasks(j->outputs), point = task / tasks;
  j->kernels->multiply(j->u + point * CC_WINOGRAD_OUTPUTS * j->channels, j->u_step,
                       cc_split((j->outputs + CC_WINOGRAD_OUTPUTS - 1) / CC_WINOGRAD_OUTPUTS, task % tasks, tasks),
                       j->channels, p->count, p->inputs.data + point * p->inputs.point_step, p->inputs.triple_step,
                       p->outputs.data + point * p->outputs.point_step, p->outputs.triple_step);
}

static void transform_output(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  j->kernels->transform_output(&p->outputs, p->tiles, p->count, cc_split(j->outputs, task, channel_tasks(j->outputs)),
                               j->bias, &j->y);
}

static void forward_panel(panel *p) {
  cc_parallel(channel_tasks(p->job->channels), transform_input, p);
  cc_parallel(POINTS * eight_tasks(p->job->outputs), multiply_weights, p);
  cc_parallel(channel_tasks(p->job->outputs), transform_output, p);
}

cc_status cc_winograd_forward(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue, const float *x,
                              const float *weights, const float *bias, float *y, uint16_t *winner, float *workspace) {
  job j = job_of(plan, forward_panel, plan->winograd.forward_parts, CC_WINOGRAD_TRIPLE, workspace);
  for (size_t group = 0; group < (size_t)plan->shape.groups; group++) {
    j.x = input_planes(plan, group, x);
    j.y = output_planes(plan, group, epilogue, y, NULL, winner);
    j.bias = bias ? bias + group * j.outputs : NULL;
    prepare_weights(&j, weights + group * j.outputs * j.channels * 9, false);
    cc_status status = run(&j);
    if (status != CC_OK) return status;
  }
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ backward

static void transform_both(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  const size_t tasks = channel_tasks(j->outputs);
  if (task >= tasks) transform_input(context, task - tasks);
  else j->kernels->transform_gradient(&j->y, p->tiles, p->count, cc_split(j->outputs, task, tasks), &p->outputs);
}

static size_t column_tasks(const job *j) {
  return cc_task_count(j->channels, CC_WINOGRAD_COLUMN * COLUMNS_PER_TASK);
}

// (point, some input channels): their weight gradients, then E in the place of V.
static void multiply_gradients(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  const size_t tasks = column_tasks(j), point = task / tasks, eights = padded_outputs(j->outputs) / CC_WINOGRAD_OUTPUTS;
  const cc_span columns = cc_split(padded_channels(j->channels) / CC_WINOGRAD_COLUMN, task % tasks, tasks);
  float *v = p->inputs.data + point * p->inputs.point_step;
  const float *d = p->outputs.data + point * p->outputs.point_step;
  if (j->wants_weights) {
    float scratch[MOST_TILES * 16 * 2 * CC_WINOGRAD_COLUMN] __attribute__((aligned(64)));
    const size_t column = POINTS * padded_outputs(j->outputs) * CC_WINOGRAD_COLUMN;
    float *du = j->du + p->part * part_gradient(j->channels, j->outputs) + point * CC_WINOGRAD_OUTPUTS * CC_WINOGRAD_COLUMN;
    j->kernels->accumulate(d, p->outputs.triple_step, eights, v + columns.begin * CC_WINOGRAD_COLUMN * CC_WINOGRAD_TRIPLE * CC_LANES,
                           p->inputs.triple_step, columns.end - columns.begin, p->count, p->adds,
                           du + columns.begin * column, scratch);
    if (j->dbias && point == BIAS_POINT && columns.begin == 0)
      j->kernels->sum(d, p->outputs.triple_step, j->outputs, p->count, p->adds, j->dbias + p->part * padded_outputs(j->outputs));
  }
  if (j->dx.data) {
    const size_t per_column = CC_WINOGRAD_COLUMN / CC_WINOGRAD_OUTPUTS, last = (j->channels + CC_WINOGRAD_OUTPUTS - 1) / CC_WINOGRAD_OUTPUTS;
    cc_span span = {columns.begin * per_column, smaller(columns.end * per_column, last)};
    j->kernels->multiply(j->u + point * CC_WINOGRAD_OUTPUTS * j->outputs, j->u_step, span, j->outputs, p->count, d, p->outputs.triple_step, v,
                         p->inputs.triple_step);
  }
}

// The first tile of a part.
static cc_winograd_tile first_tile(const job *j, size_t part) {
  const cc_winograd_split *w = &j->plan->winograd;
  size_t row = cc_split(j->plan->blocks * w->tiles_down, part, j->parts).begin;
  return (cc_winograd_tile){row / w->tiles_down, (int32_t)(row % w->tiles_down), 0};
}

static void transform_data(void *context, size_t task) {
  const panel *p = context;
  const job *j = p->job;
  float *fringe = j->parts > 1 ? j->fringe + p->part * part_fringe(j->channels, j->dx.width) : NULL;
  cc_winograd_tile first = first_tile(j, p->part);
  if (first.row == 0) fringe = NULL;
  j->kernels->transform_data(&p->inputs, p->tiles, p->count, cc_split(j->channels, task, channel_tasks(j->channels)),
                             &j->dx, fringe, first);
}

static void backward_panel(panel *p) {
  const job *j = p->job;
  cc_parallel(channel_tasks(j->outputs) + (j->wants_weights ? channel_tasks(j->channels) : 0), transform_both, p);
  cc_parallel(POINTS * column_tasks(j), multiply_gradients, p);
  if (j->dx.data) cc_parallel(channel_tasks(j->channels), transform_data, p);
}

// Adds the two pixel rows that a part shares with the one before it.
static void add_fringe(void *context, size_t part) {
  const job *j = context;
  const cc_winograd_planes *dx = &j->dx;
  cc_winograd_tile first = first_tile(j, part);
  const size_t row = dx->width * CC_LANES;
  const float *fringe = j->fringe + part * part_fringe(j->channels, dx->width);
  for (size_t c = 0; first.row > 0 && c < j->channels; c++)
    for (int64_t r = 0, at = first.row * 4 + dx->top; r < 2; r++, at++, fringe += row)
      if (at >= 0 && at < dx->height)
        cc_active_kernels()->elementwise.accumulate(
            row, 1, fringe, dx->data + first.block * dx->block_step + (c * dx->height + at) * row);
}

typedef struct {
  const job *job;
  float *dw, *dbias;
} finish_job;

// Of eight output channels.
static void finish_weights(void *context, size_t eight) {
  const finish_job *f = context;
  const job *j = f->job;
  const size_t k = eight * CC_WINOGRAD_OUTPUTS, count = smaller(j->outputs - k, CC_WINOGRAD_OUTPUTS);
  const size_t outputs = padded_outputs(j->outputs), part = part_gradient(j->channels, outputs);
  for (size_t c = 0; f->dw && c < j->channels; c += CC_WINOGRAD_COLUMN)
    j->kernels->finish(j->du + POINTS * (c * outputs + k * CC_WINOGRAD_COLUMN), part, j->parts, count,
                       smaller(j->channels - c, CC_WINOGRAD_COLUMN), f->dw + (k * j->channels + c) * 9, j->channels * 9);
  for (size_t i = k; f->dbias && i < k + count; i++) {
    float sum = 0;
    for (size_t n = 0; n < j->parts; n++) sum += j->dbias[n * outputs + i];
    f->dbias[i] = sum;
  }
}

cc_status cc_winograd_backward(const cc_conv_plan *plan, const cc_conv_gradient *gradient, const float *x,
                               const float *weights, float *dx, float *dw, float *dbias, float *workspace) {
  job j = job_of(plan, backward_panel, plan->winograd.backward_parts, plan->winograd.tiles_across, workspace);
  const size_t u = POINTS * larger(padded_outputs(j.outputs) * j.channels, padded_channels(j.channels) * j.outputs);
  j.du = workspace + u;
  j.fringe = j.du + j.parts * part_gradient(j.channels, j.outputs);
  j.dbias = dbias ? j.fringe + j.parts * part_fringe(j.channels, plan->shape.in_width) : NULL;
  j.wants_weights = dw || dbias;
  for (size_t group = 0; group < (size_t)plan->shape.groups; group++) {
    const size_t first = group * j.outputs * j.channels * 9;
    j.x = input_planes(plan, group, x);
    j.dx = input_planes(plan, group, dx);
    j.y = output_planes(plan, group, &gradient->epilogue, gradient->dy, gradient->activated, (uint16_t *)gradient->winner);
    if (dx) prepare_weights(&j, weights + first, true);
    cc_status status = run(&j);
    if (status != CC_OK) return status;
    if (dx && j.parts > 1) cc_parallel(j.parts, add_fringe, &j);
    finish_job f = {&j, dw ? dw + first : NULL, dbias ? dbias + group * j.outputs : NULL};
    if (j.wants_weights) cc_parallel(padded_outputs(j.outputs) / CC_WINOGRAD_OUTPUTS, finish_weights, &f);
  }
  return CC_OK;
}
