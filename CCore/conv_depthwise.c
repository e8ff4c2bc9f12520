// Depthwise convolution of row-major images: every channel is a plane of its own, padded into scratch memory.
#include "buffer.h"
#include "conv_plan.h"
#include "parallel.h"
#include <string.h>

// Multiplications of one task: about 10 µs.
enum { PRODUCTS_PER_TASK = 1 << 17 };

typedef struct {
  const cc_conv_plan *plan;
  cc_plane_windows windows;
  size_t planes, tasks;     // of images × channels; of channels for the weight gradient
  size_t in_plane, out_plane, taps;
  const float *x, *weights, *bias;
  float *y, *dw;
  float *padded;            // a slot for each task at a time
  size_t padded_floats;
} plane_job;

bool cc_is_depthwise(const cc_conv_shape *s) {
  return s->groups > 1 && s->in_channels == s->groups && s->out_channels == s->groups &&
         s->kernel_width <= CC_PLANE_MOST_KERNEL_WIDTH && s->kernel_height <= CC_PLANE_MOST_KERNEL_WIDTH;
}

static plane_job job_of(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (plane_job){
      .plan = plan, .planes = (size_t)s->batch * s->in_channels, .in_plane = (size_t)s->in_height * s->in_width,
      .out_plane = (size_t)plan->out_height * plan->out_width, .taps = (size_t)s->kernel_height * s->kernel_width,
      .windows = {
          .in_height = s->in_height, .in_width = s->in_width, .out_height = plan->out_height, .out_width = plan->out_width,
          .kernel_height = s->kernel_height, .kernel_width = s->kernel_width, .stride_height = s->stride_height,
          .stride_width = s->stride_width, .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
          .pad_top = s->pad_top, .pad_left = s->pad_left, .spacing_height = 1, .spacing_width = 1,
      }};
}

static cc_status run(plane_job *j, size_t count, cc_task body) {
  j->padded_floats = (cc_plane_layout(&j->windows) + 15) / 16 * 16;
  const size_t bytes = cc_task_slots() * j->padded_floats * sizeof(float);
  if (!(j->padded = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  size_t products = j->planes * (size_t)j->windows.out_height * j->windows.out_width * (j->taps + 2);
  j->tasks = cc_task_count(products, PRODUCTS_PER_TASK);
  if (j->tasks > count) j->tasks = count;
  cc_parallel(j->tasks, body, j);
  cc_buffer_give(j->padded, bytes);
  return CC_OK;
}

static void run_forward(void *context, size_t task) {
  const plane_job *j = context;
  const cc_plane_kernels *kernels = &cc_active_kernels()->plane;
  float *padded = j->padded + cc_task_slot() * j->padded_floats;
  cc_span span = cc_split(j->planes, task, j->tasks);
  for (size_t plane = span.begin; plane < span.end; plane++) {
    size_t channel = plane % j->plan->shape.in_channels;
    kernels->pad(&j->windows, j->x + plane * j->in_plane, 0, padded);
    kernels->correlate(&j->windows, padded, j->weights + channel * j->taps, j->bias ? j->bias[channel] : 0,
                       j->y + plane * j->out_plane);
  }
}

cc_status cc_depthwise_forward(const cc_conv_plan *plan, const float *x, const float *weights, const float *bias, float *y) {
  plane_job job = job_of(plan);
  job.x = x, job.weights = weights, job.bias = bias, job.y = y;
  return job.planes == 0 ? CC_OK : run(&job, job.planes, run_forward);
}

// A correlation of dy, its pixels a stride apart, with the weights turned by 180 degrees. x is dy, y is dx.
static void run_data(void *context, size_t task) {
  const plane_job *j = context;
  const cc_plane_kernels *kernels = &cc_active_kernels()->plane;
  float *padded = j->padded + cc_task_slot() * j->padded_floats;
  cc_span span = cc_split(j->planes, task, j->tasks);
  for (size_t plane = span.begin; plane < span.end; plane++) {
    float turned[CC_PLANE_MOST_KERNEL_WIDTH * CC_PLANE_MOST_KERNEL_WIDTH];
    const float *weights = j->weights + plane % j->plan->shape.in_channels * j->taps;
    for (size_t tap = 0; tap < j->taps; tap++) turned[tap] = weights[j->taps - 1 - tap];
    kernels->pad(&j->windows, j->x + plane * j->out_plane, 0, padded);
    kernels->correlate(&j->windows, padded, turned, 0, j->y + plane * j->in_plane);
  }
}

cc_status cc_depthwise_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx) {
  const cc_conv_shape *s = &plan->shape;
  plane_job job = job_of(plan);
  job.x = dy, job.weights = weights, job.y = dx;
  job.windows = (cc_plane_windows){
      .in_height = plan->out_height, .in_width = plan->out_width, .out_height = s->in_height, .out_width = s->in_width,
      .kernel_height = s->kernel_height, .kernel_width = s->kernel_width, .stride_height = 1, .stride_width = 1,
      .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
      .pad_top = (int64_t)(s->kernel_height - 1) * s->dilation_height - s->pad_top,
      .pad_left = (int64_t)(s->kernel_width - 1) * s->dilation_width - s->pad_left,
      .spacing_height = s->stride_height, .spacing_width = s->stride_width,
  };
  return job.planes == 0 ? CC_OK : run(&job, job.planes, run_data);
}

// A channel of every image, in order. y is dy.
static void run_weights(void *context, size_t task) {
  const plane_job *j = context;
  const cc_conv_shape *s = &j->plan->shape;
  const cc_plane_kernels *kernels = &cc_active_kernels()->plane;
  float *padded = j->padded + cc_task_slot() * j->padded_floats;
  cc_span channels = cc_split(s->in_channels, task, j->tasks);
  for (size_t channel = channels.begin; channel < channels.end; channel++) {
    float *dw = j->dw + channel * j->taps;
    memset(dw, 0, j->taps * sizeof(float));
    for (size_t plane = channel; plane < j->planes; plane += s->in_channels) {
      kernels->pad(&j->windows, j->x + plane * j->in_plane, 0, padded);
      kernels->weight_gradient(&j->windows, padded, j->y + plane * j->out_plane, dw);
    }
  }
}

cc_status cc_depthwise_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw) {
  plane_job job = job_of(plan);
  job.x = x, job.y = (float *)dy, job.dw = dw;
  return run(&job, plan->shape.in_channels, run_weights);
}
