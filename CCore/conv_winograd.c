// Winograd convolution: plan, panels, and the forward pass, which with the weights turned round is also the row-major
// backward-data. kernels/winograd_kernels.h has the mathematics.
#include "conv_winograd.h"
#include "buffer.h"

enum {
  PANEL_BYTES = 1200 << 10,   // that stay in the second-level cache beside the weights
  CHUNK_BYTES = 4 << 20,      // of transformed weights
  FORWARD_PARTS = 32,         // enough for many threads
  CHANNELS_PER_TASK = 16,
  EIGHTS_PER_TASK = 8,
};

// ------------------------------------------------------------------------------------------------ plan

// Bytes of a vector of tiles at all points.
static size_t vector_bytes(size_t channels, size_t outputs) {
  return POINTS * CC_LANES * sizeof(float) *
         (winograd_round_up(channels, CC_WINOGRAD_COLUMN) + winograd_round_up(outputs, CC_WINOGRAD_COLUMN));
}

static bool is_small(size_t channels, size_t outputs) {
  return CC_WINOGRAD_TRIPLE * vector_bytes(channels, outputs) <= PANEL_BYTES;
}

// Floats of eight outputs' weights at a point.
static size_t weight_point(size_t inputs) { return CC_WINOGRAD_OUTPUTS * inputs + LINE; }

// Eights of outputs in a chunk of weights: all if the cache holds them.
static size_t chunk_eights(size_t inputs, size_t outputs) {
  const size_t bytes = POINTS * weight_point(inputs) * sizeof(float), all = winograd_eights(outputs);
  return is_small(inputs, outputs) ? all : winograd_smaller(all, winograd_larger(1, CHUNK_BYTES / bytes));
}

static size_t chunk_floats(size_t inputs, size_t outputs) {
  return chunk_eights(inputs, outputs) * POINTS * weight_point(inputs);
}

size_t cc_winograd_weights_floats(const cc_conv_plan *plan) {
  const size_t c = plan->shape.in_channels / plan->shape.groups, k = plan->shape.out_channels / plan->shape.groups;
  return winograd_larger(chunk_floats(c, k), chunk_floats(k, c));
}

// Tiles across `pixels`: as many for each remainder of a pixel's position by the dilation.
static size_t tiles(int32_t pixels, int32_t dilation) {
  const size_t span = CC_WINOGRAD_TILE * (size_t)dilation;
  return ((size_t)pixels + span - 1) / span * dilation;
}

size_t cc_winograd_tiles(const cc_conv_shape *s, int32_t height, int32_t width) {
  return tiles(height, s->dilation_height) * tiles(width, s->dilation_width);
}

// Where tile `index` of `count` begins; those of each remainder lie next to each other.
static int32_t tile_pixel(size_t index, size_t count, int32_t dilation) {
  const size_t each = count / dilation;
  return (int32_t)(index / each + index % each * CC_WINOGRAD_TILE * dilation);
}

winograd_job winograd_job_of(const cc_conv_plan *plan, int32_t height, int32_t width, float *workspace) {
  const cc_conv_shape *s = &plan->shape;
  return (winograd_job){
      .plan = plan, .kernels = &cc_active_kernels()->winograd, .channels = s->in_channels / s->groups,
      .outputs = s->out_channels / s->groups, .blocks = plan->blocks, .down = tiles(height, s->dilation_height),
      .across = tiles(width, s->dilation_width),
      .lanes = plan->layout == CC_ROW_MAJOR ? CC_LANES : 1, .u = workspace,
  };
}

void winograd_split(winograd_job *j, size_t most_parts, size_t unit, size_t inputs, size_t outputs) {
  const bool small = is_small(inputs, outputs);
  j->vectors = (j->blocks * j->down * j->across + j->lanes - 1) / j->lanes;
  j->unit = unit;
  j->parts = small ? winograd_larger(1, winograd_smaller((j->vectors + unit - 1) / unit, most_parts)) : 1;
  j->panel_vectors = small ? CC_WINOGRAD_TRIPLE : MOST_VECTORS;
  j->product_inputs = inputs, j->product_outputs = outputs;
  j->chunk = chunk_eights(inputs, outputs);
}

bool cc_winograd_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *e) {
  const cc_pool_shape *p = &e->pool;
  const cc_conv_shape *s = &plan->shape;
  if (e->pooling == CC_NO_POOLING) return e->activation == CC_IDENTITY || e->activation == CC_RELU;
  return e->pooling == CC_MAX_POOLING && e->activation == CC_IDENTITY && s->dilation_height == 1 && s->dilation_width == 1 &&
         p->batch == s->batch && p->channels == s->out_channels && p->in_height == plan->out_height && p->in_width == plan->out_width &&
         p->kernel_height == 2 && p->kernel_width == 2 && p->stride_height == 2 && p->stride_width == 2 &&
         p->pad_height == 0 && p->pad_width == 0;
}

// ------------------------------------------------------------------------------------------------ planes

cc_winograd_planes winograd_input_planes(const cc_conv_plan *plan, size_t group, const float *data) {
  const cc_conv_shape *s = &plan->shape;
  return (cc_winograd_planes){
      .data = data ? (float *)data + group * (s->in_channels / s->groups) * plan->in_plane : NULL,
      .block_step = s->in_channels * plan->in_plane, .row_major = plan->layout == CC_ROW_MAJOR,
      .height = s->in_height, .width = s->in_width, .top = -(int64_t)s->pad_top, .left = -(int64_t)s->pad_left,
      .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
  };
}

cc_winograd_planes winograd_output_planes(const cc_conv_plan *plan, size_t group, const cc_conv_epilogue *e,
                                          const float *data, const float *activated, uint16_t *winner) {
  const cc_conv_shape *s = &plan->shape;
  const bool pooled = e->pooling == CC_MAX_POOLING;
  const size_t lanes = plan->layout == CC_ROW_MAJOR ? 1 : CC_LANES;
  const size_t plane = pooled ? (size_t)(plan->out_height / 2) * (plan->out_width / 2) * lanes : plan->out_plane;
  const size_t first = group * (s->out_channels / s->groups) * plane;
  return (cc_winograd_planes){
      .data = (float *)data + first, .block_step = s->out_channels * plane, .row_major = plan->layout == CC_ROW_MAJOR,
      .height = plan->out_height, .width = plan->out_width,
      .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
      .rectified = e->activation == CC_RELU, .activated = activated ? activated + first : NULL,
      .pooled = pooled, .pool_rectifies = pooled && e->pool.rectifies, .winner = winner ? winner + first : NULL,
  };
}

// ------------------------------------------------------------------------------------------------ parts and panels

static cc_winograd_points points(size_t channels, size_t vectors) {
  const size_t triple = channels * cc_winograd_channel(vectors);
  const size_t triples = (vectors + CC_WINOGRAD_TRIPLE - 1) / CC_WINOGRAD_TRIPLE;
  return (cc_winograd_points){NULL, triples * triple + POINT_GAP, triple};
}

cc_winograd_tile winograd_tile_at(const winograd_job *j, size_t index) {
  const cc_conv_shape *s = &j->plan->shape;
  const size_t in_block = j->down * j->across, block = index / in_block;
  if (block >= j->blocks) return (cc_winograd_tile){0, -1, 0};
  return (cc_winograd_tile){block, tile_pixel(index % in_block / j->across, j->down, s->dilation_height),
                            tile_pixel(index % j->across, j->across, s->dilation_width)};
}

typedef struct {
  const winograd_job *job;
  cc_winograd_points inputs, outputs;
} parts_job;

static void run_part(void *context, size_t part) {
  const parts_job *all = context;
  const winograd_job *j = all->job;
  const cc_span units = cc_split((j->vectors + j->unit - 1) / j->unit, part, j->parts);
  cc_winograd_tile tiles[MOST_VECTORS * CC_LANES];
  winograd_panel p = {.job = j, .tiles = tiles, .part = part, .inputs = all->inputs, .outputs = all->outputs};
  const size_t slot = j->parts > 1 ? cc_task_slot() : 0;
  p.inputs.data = j->scratch + slot * POINTS * (p.inputs.point_step + p.outputs.point_step);
  p.outputs.data = p.inputs.data + POINTS * p.inputs.point_step;
  const size_t end = winograd_smaller(units.end * j->unit, j->vectors);
  for (size_t first = units.begin * j->unit; first < end; first += p.count, p.adds = true) {
    p.count = winograd_smaller(end - first, j->panel_vectors);
    for (size_t i = 0; i < p.count * j->lanes; i++) tiles[i] = winograd_tile_at(j, first * j->lanes + i);
    j->run(&p);
  }
}

cc_status winograd_run(winograd_job *j, size_t output_channels) {
  const size_t slots = j->parts > 1 ? cc_task_slots() : 1, vectors = winograd_smaller(j->panel_vectors, j->vectors);
  parts_job all = {j, points(winograd_round_up(j->channels, CC_WINOGRAD_COLUMN), vectors),
                   points(winograd_round_up(output_channels, CC_WINOGRAD_OUTPUTS), vectors)};
  const size_t bytes = slots * POINTS * (all.inputs.point_step + all.outputs.point_step) * sizeof(float);
  j->scratch = cc_buffer_take(bytes);
  if (!j->scratch) return CC_NO_MEMORY;
  if (j->parts > 1) cc_parallel(j->parts, run_part, &all);
  else run_part(&all, 0);
  cc_buffer_give(j->scratch, bytes);
  return CC_OK;
}

size_t winograd_channel_tasks(size_t channels) { return cc_task_count(channels, CHANNELS_PER_TASK); }

void winograd_transform_input(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const cc_span channels = cc_split(j->channels, task, winograd_channel_tasks(j->channels));
  j->kernels->transform_input(&j->x, p->tiles, p->count, channels, &p->inputs);
}

// ------------------------------------------------------------------------------------------------ products

typedef struct {
  const winograd_job *job;
  size_t first;  // eight
} weights_job;

cc_span winograd_outputs_at(const winograd_job *j, size_t first, size_t width) {
  return (cc_span){first, winograd_smaller(first + width, j->product_outputs)};
}

cc_winograd_weights winograd_weights_of(const winograd_job *j, cc_span outputs) {
  return (cc_winograd_weights){
      .data = j->weights + outputs.begin * j->output_step, .outputs = outputs.end - outputs.begin, .inputs = j->product_inputs,
      .output_step = j->output_step, .input_step = j->input_step, .turned = j->turned,
  };
}

static void transform_weights(void *context, size_t eight) {
  const weights_job *w = context;
  const winograd_job *j = w->job;
  const size_t first = (w->first + eight) * CC_WINOGRAD_OUTPUTS;
  const cc_winograd_weights weights = winograd_weights_of(j, winograd_outputs_at(j, first, CC_WINOGRAD_OUTPUTS));
  j->kernels->transform_weights(&weights, j->u + eight * j->u_step, weight_point(j->product_inputs));
}

static void prepare_weights(const winograd_job *j, cc_span eights) {
  cc_parallel(eights.end - eights.begin, transform_weights, &(weights_job){j, eights.begin});
}

void winograd_set_weights(winograd_job *j, const float *weights, bool backward) {
  j->weights = weights, j->turned = backward && j->plan->layout == CC_ROW_MAJOR;
  j->output_step = backward ? 9 : j->product_inputs * 9, j->input_step = backward ? j->product_outputs * 9 : 9;
  j->u_step = POINTS * weight_point(j->product_inputs);
  if (j->parts > 1) prepare_weights(j, (cc_span){0, winograd_eights(j->product_outputs)});
}

static size_t eight_tasks(cc_span eights) { return cc_task_count(eights.end - eights.begin, EIGHTS_PER_TASK); }

static void multiply_point(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const size_t tasks = eight_tasks(p->eights), point = task / tasks;
  const float *u = j->u + point * weight_point(j->product_inputs);
  j->kernels->multiply(u, j->u_step, cc_split(p->eights.end - p->eights.begin, task % tasks, tasks), j->product_inputs, p->count,
                       p->from.data + point * p->from.point_step, p->from.step,
                       p->to.data + point * p->to.point_step, p->to.step);
}

static void multiply_chunk(winograd_panel *p, cc_span eights, bool prepares, cc_task finish) {
  p->eights = eights;
  p->channels = winograd_outputs_at(p->job, eights.begin * CC_WINOGRAD_OUTPUTS, (eights.end - eights.begin) * CC_WINOGRAD_OUTPUTS);
  if (prepares) prepare_weights(p->job, eights);
  cc_parallel(POINTS * eight_tasks(eights), multiply_point, p);
  cc_parallel(winograd_channel_tasks(p->channels.end - p->channels.begin), finish, p);
}

// What the tasks of a product have to themselves.
typedef struct {
  const winograd_panel *panel;
  cc_task make, finish;
  float *scratch;        // a slot for each task at a time: whether its `from` is made, that, `to` of its outputs, and weights
  size_t slot, from, to; // floats
} own_chunks;

// Eight outputs, all steps.
static void multiply_own(void *context, size_t eight) {
  const own_chunks *own = context;
  winograd_panel p = *own->panel;
  winograd_job j = *p.job;
  float *is_made = own->scratch + cc_task_slot() * own->slot, *from = is_made + LINE;
  p.job = &j, p.to.data = from + own->from, j.u = p.to.data + own->to;
  if (own->make) {
    p.from.data = p.inputs.data = from;
    if (!*is_made) cc_parallel(winograd_channel_tasks(j.channels), own->make, &p);
    *is_made = true;
  }
  multiply_chunk(&p, (cc_span){eight, eight + 1}, true, own->finish);
}

void winograd_multiply(winograd_panel *p, cc_task make, cc_winograd_points from, cc_winograd_points to, cc_task finish) {
  const winograd_job *j = p->job;
  const size_t all = winograd_eights(j->product_outputs), slots = cc_task_slots();
  const cc_winograd_points m = points(CC_WINOGRAD_OUTPUTS, p->count);
  own_chunks own = {p, make, finish, NULL, 0, make ? POINTS * from.point_step : 0, POINTS * m.point_step};
  own.slot = LINE + own.from + own.to + j->u_step;
  const size_t bytes = slots * own.slot * sizeof(float);
  if (j->parts == 1 && POINTS * j->product_inputs * p->count * CC_LANES * sizeof(float) <= OWN_BYTES)
    own.scratch = cc_buffer_take(bytes);
  p->from = from, p->to = own.scratch ? m : to;
  for (size_t slot = 0; own.scratch && slot < slots; slot++) own.scratch[slot * own.slot] = false;
  if (own.scratch) cc_parallel(all, multiply_own, &own);
  else if (make) cc_parallel(winograd_channel_tasks(j->channels), make, p);
  for (size_t eight = 0; eight < all && !own.scratch; eight += j->chunk)
    multiply_chunk(p, (cc_span){eight, winograd_smaller(eight + j->chunk, all)}, j->parts == 1 && (j->chunk < all || !p->adds), finish);
  cc_buffer_give(own.scratch, bytes);
}

cc_span winograd_task_channels(const winograd_panel *p, size_t task) {
  const size_t count = p->channels.end - p->channels.begin;
  cc_span span = cc_split(count, task, winograd_channel_tasks(count));
  return (cc_span){p->channels.begin + span.begin, p->channels.begin + span.end};
}

// The points of channel 0, if there were one before the chunk.
cc_winograd_points winograd_chunk_points(const winograd_panel *p) {
  cc_winograd_points points = p->to;
  points.data -= p->channels.begin * cc_winograd_channel(p->count);
  return points;
}

// ------------------------------------------------------------------------------------------------ forward

static void transform_output(void *context, size_t task) {
  const winograd_panel *p = context;
  const winograd_job *j = p->job;
  const cc_winograd_points m = winograd_chunk_points(p);
  j->kernels->transform_output(&m, p->tiles, p->count, winograd_task_channels(p, task), j->bias, &j->y);
}

static void forward_panel(winograd_panel *p) {
  winograd_multiply(p, winograd_transform_input, p->inputs, p->outputs, transform_output);
}

static cc_status run_forward(winograd_job *j, const float *weights, bool backward) {
  j->run = forward_panel;
  winograd_split(j, FORWARD_PARTS, CC_WINOGRAD_TRIPLE, j->channels, j->outputs);
  const bool by_channel = j->lanes > 1 && cc_winograd_prefers_channels(j->blocks * j->down * j->across, j->channels, j->outputs);
  if (by_channel) j->parts = 1;
  winograd_set_weights(j, weights, backward);
  return by_channel ? winograd_forward_by_channel(j) : winograd_run(j, winograd_smaller(j->chunk * CC_WINOGRAD_OUTPUTS, j->outputs));
}

cc_status cc_winograd_forward(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue, const float *x,
                              const float *weights, const float *bias, float *y, uint16_t *winner, float *workspace) {
  winograd_job j = winograd_job_of(plan, plan->out_height, plan->out_width, workspace);
  cc_status status = CC_OK;
  for (size_t group = 0; group < (size_t)plan->shape.groups && status == CC_OK; group++) {
    j.x = winograd_input_planes(plan, group, x);
    j.y = winograd_output_planes(plan, group, epilogue, y, NULL, winner);
    j.bias = bias ? bias + group * j.outputs : NULL;
    status = run_forward(&j, weights + group * j.outputs * j.channels * 9, false);
  }
  return status;
}

cc_status cc_winograd_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx,
                                    float *workspace) {
  const cc_conv_shape *s = &plan->shape;
  const cc_conv_epilogue plain = {.activation = CC_IDENTITY};
  winograd_job j = winograd_job_of(plan, s->in_height, s->in_width, workspace);
  j.channels = s->out_channels / s->groups, j.outputs = s->in_channels / s->groups;
  cc_status status = CC_OK;
  for (size_t group = 0; group < (size_t)s->groups && status == CC_OK; group++) {
    j.x = winograd_output_planes(plan, group, &plain, dy, NULL, NULL);
    j.x.top = s->pad_top - 2 * (int64_t)s->dilation_height, j.x.left = s->pad_left - 2 * (int64_t)s->dilation_width;
    j.y = winograd_input_planes(plan, group, dx);
    status = run_forward(&j, weights + group * j.outputs * j.channels * 9, true);
  }
  return status;
}
