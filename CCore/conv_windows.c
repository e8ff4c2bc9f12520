// Convolution of row-major images with few channels in a group, or strided: products with the runs of pixels under each tap,
// which are read where they lie in padded copies of the planes (kernels/window_kernels.h).
#include "buffer.h"
#include "conv_plan.h"
#include "parallel.h"
#include <string.h>

enum {
  PRODUCTS_PER_TASK = 1 << 20,  // multiplications of one task: some 10 µs
  LEAST_ROWS = 8,               // of a band: those that two bands need cost little then
  LEAST_OUTPUTS = 16,           // of a part, and of a part's gradients
  LEAST_GRADIENTS = 4,
  MOST_FLOATS = 1 << 18,        // of a band's copies: they stay in the second-level cache
};

typedef struct {
  const cc_conv_plan *plan;
  cc_windows windows;         // of a whole image
  size_t groups, outputs;     // of a group
  size_t in_plane, out_plane; // floats of a channel
  size_t images;
  size_t bands, parts;        // of rows, of outputs
  const float *x, *weights, *bias;
  float *y, *dw;
  cc_unary_kernel *activation; // of the result; NULL: none
  bool turns;                 // the weights, for backward-data
  float *scratch;             // a slot for each task at a time: padded planes, then weights or gradients
  size_t padded, slot;        // floats
} window_job;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t round_up(size_t floats) { return (floats + 15) / 16 * 16; }

static window_job job_of(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (window_job){
      .plan = plan, .groups = s->groups, .outputs = s->out_channels / s->groups, .images = s->batch,
      .in_plane = plan->in_plane, .out_plane = plan->out_plane,
      .windows = {
          .channels = s->in_channels / s->groups, .in_height = s->in_height, .in_width = s->in_width,
          .out_height = plan->out_height, .out_width = plan->out_width, .kernel_height = s->kernel_height,
          .kernel_width = s->kernel_width, .stride_height = s->stride_height, .stride_width = s->stride_width,
          .dilation_height = s->dilation_height, .dilation_width = s->dilation_width, .pad_top = s->pad_top,
          .pad_left = s->pad_left,
      }};
}

// Weights of an output.
static size_t depth(const cc_windows *w) { return (size_t)w->channels * w->kernel_height * w->kernel_width; }

// The windows of some rows of results.
static cc_windows rows_of(const window_job *j, cc_span rows) {
  cc_windows w = j->windows;
  w.out_height = (int32_t)(rows.end - rows.begin);
  w.pad_top -= (int64_t)rows.begin * w.stride_height;
  cc_windows_layout(&w);
  return w;
}

// Of the largest band.
static cc_windows largest_band(const window_job *j) {
  return rows_of(j, (cc_span){0, (j->windows.out_height + j->bands - 1) / j->bands});
}

static cc_status run(window_job *j, size_t count, size_t extra_floats, cc_task body) {
  const cc_windows w = largest_band(j);
  j->padded = cc_windows_floats(&w);
  j->slot = j->padded + round_up(extra_floats);
  const size_t bytes = cc_task_slots() * j->slot * sizeof(float);
  if (!(j->scratch = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  cc_parallel(count, body, j);
  cc_buffer_give(j->scratch, bytes);
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ forward, backward-data

// The kernels of outputs of the correlation that backward-data is, [C][K][R · S], turned by 180 degrees.
static void turn_weights(const window_job *j, const float *weights, cc_span outputs, float *turned) {
  const size_t taps = (size_t)j->windows.kernel_height * j->windows.kernel_width;
  for (size_t o = outputs.begin; o < outputs.end; o++)
    for (size_t c = 0; c < (size_t)j->windows.channels; c++)
      for (size_t tap = taps; tap > 0; tap--) *turned++ = weights[(c * j->outputs + o) * taps + tap - 1];
}

// (image, group, band of rows, part of the outputs).
static void correlate_task(void *context, size_t task) {
  const window_job *j = context;
  const cc_window_kernels *kernels = &cc_active_kernels()->window;
  const size_t unit = task / j->parts / j->bands, group = unit % j->groups;
  const cc_span rows = cc_split(j->windows.out_height, task / j->parts % j->bands, j->bands);
  const cc_span outputs = cc_split(j->outputs, task % j->parts, j->parts);
  const cc_windows w = rows_of(j, rows);
  float *padded = j->scratch + cc_task_slot() * j->slot, *turned = padded + j->padded;
  const float *weights = j->weights + group * j->outputs * depth(&w);
  float *y = j->y + (unit * j->outputs + outputs.begin) * j->out_plane + rows.begin * w.out_width;
  if (j->turns) turn_weights(j, weights, outputs, turned);
  kernels->pad(&w, j->x + unit * w.channels * j->in_plane, padded);
  kernels->correlate(&w, padded, j->turns ? turned : weights + outputs.begin * depth(&w),
                     j->bias ? j->bias + group * j->outputs + outputs.begin : NULL, outputs.end - outputs.begin,
                     y, j->out_plane);
  for (size_t o = outputs.begin; j->activation && o < outputs.end; o++, y += j->out_plane)
    j->activation((size_t)w.out_height * w.out_width, y, y);
}

// Bands and parts split no sum: they may depend on the threads.
static cc_status run_correlation(window_job *j) {
  const size_t units = j->images * j->groups, height = (size_t)j->windows.out_height, threads = (size_t)cc_thread_count();
  if (units == 0) return CC_OK;
  cc_windows_layout(&j->windows);
  j->bands = smaller(cc_task_count(depth(&j->windows) * j->outputs * j->out_plane, PRODUCTS_PER_TASK), height / LEAST_ROWS);
  if (j->bands > threads) j->bands -= j->bands % threads;
  j->bands = smaller(height, larger(j->bands, cc_windows_floats(&j->windows) / MOST_FLOATS + 1));
  j->parts = larger(1, smaller((threads - 1) / (units * j->bands) + 1, j->outputs / LEAST_OUTPUTS));
  const size_t weights = j->turns ? (j->outputs + j->parts - 1) / j->parts * depth(&j->windows) : 0;
  return run(j, units * j->bands * j->parts, weights, correlate_task);
}

cc_status cc_windows_forward(const cc_conv_plan *plan, cc_unary_op activation, const float *x, const float *weights,
                             const float *bias, float *y) {
  window_job job = job_of(plan);
  job.x = x, job.weights = weights, job.bias = bias, job.y = y;
  if (activation != CC_IDENTITY) job.activation = cc_active_kernels()->elementwise.unary[activation];
  return run_correlation(&job);
}

// At stride 1: a correlation of dy with the weights turned by 180 degrees.
cc_status cc_windows_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx) {
  const cc_conv_shape *s = &plan->shape;
  window_job job = job_of(plan);
  cc_windows *w = &job.windows;
  job.x = dy, job.weights = weights, job.y = dx, job.turns = true;
  job.outputs = s->in_channels / s->groups, w->channels = s->out_channels / s->groups;
  job.in_plane = plan->out_plane, job.out_plane = plan->in_plane;
  w->in_height = plan->out_height, w->in_width = plan->out_width, w->out_height = s->in_height, w->out_width = s->in_width;
  w->pad_top = (int64_t)(s->kernel_height - 1) * s->dilation_height - s->pad_top;
  w->pad_left = (int64_t)(s->kernel_width - 1) * s->dilation_width - s->pad_left;
  return run_correlation(&job);
}

// ------------------------------------------------------------------------------------------------ backward-weights

// (group, part of the outputs): the bands of all images in order.
static void weights_task(void *context, size_t task) {
  const window_job *j = context;
  const cc_window_kernels *kernels = &cc_active_kernels()->window;
  const size_t group = task / j->parts;
  const cc_span outputs = cc_split(j->outputs, task % j->parts, j->parts);
  const size_t count = outputs.end - outputs.begin;
  float *padded = j->scratch + cc_task_slot() * j->slot, *runs = padded + j->padded;
  float *dw = j->dw + (group * j->outputs + outputs.begin) * depth(&j->windows);
  memset(dw, 0, count * depth(&j->windows) * sizeof(float));
  for (size_t band = 0; band < j->images * j->bands; band++) {
    const size_t unit = band / j->bands * j->groups + group;
    const cc_span rows = cc_split(j->windows.out_height, band % j->bands, j->bands);
    const cc_windows w = rows_of(j, rows);
    const size_t run = round_up(cc_windows_columns(&w));
    const float *dy = j->y + (unit * j->outputs + outputs.begin) * j->out_plane + rows.begin * w.out_width;
    kernels->pad(&w, j->x + unit * w.channels * j->in_plane, padded);
    for (size_t o = 0; o < count; o++) kernels->spread(&w, dy + o * j->out_plane, runs + o * run);
    kernels->weight_gradient(&w, padded, runs, run, count, dw);
  }
}

// Bands split sums: they follow from the shape.
cc_status cc_windows_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw) {
  window_job job = job_of(plan);
  job.x = x, job.y = (float *)dy, job.dw = dw;
  cc_windows_layout(&job.windows);
  const size_t floats = cc_windows_floats(&job.windows) + job.outputs * cc_windows_columns(&job.windows);
  job.bands = smaller((size_t)job.windows.out_height, floats / MOST_FLOATS + 1);
  job.parts = larger(1, smaller(((size_t)cc_thread_count() - 1) / job.groups + 1, job.outputs / LEAST_GRADIENTS));
  const cc_windows band = largest_band(&job);
  const size_t outputs = (job.outputs + job.parts - 1) / job.parts;
  return run(&job, job.groups * job.parts, outputs * round_up(cc_windows_columns(&band)), weights_task);
}
