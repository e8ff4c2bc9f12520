// Gradient with respect to the input: a correlation of dy with the weights turned by 180 degrees.
//
// With a stride, a pixel of dx meets only every so-manieth tap, the same ones as all pixels with the same remainder of
// (position + pad) by the stride. So dx falls into stride_height × stride_width phases, each a correlation of stride 1
// with some of the taps: nothing is multiplied by an inserted zero.
#include "conv_plan.h"

// One dimension of a phase: the pixels first, first + stride, … of dx, and the taps that meet them.
//
// Pixel `position` meets tap i if position + pad = stride · output + dilation · i. The solutions i for one pixel are
// step = stride / gcd(stride, dilation) apart, and from one to the next `output` falls by dilation / gcd.
typedef struct {
  int64_t pixels;      // of dx
  int64_t taps;        // that meet them, perhaps none
  int64_t last_tap;    // the correlation walks the taps from the last to the first, so that `output` rises
  int64_t step;        // between taps
  int64_t dilation;    // between outputs
  int64_t pad;         // −(output under the last tap of the first pixel)
} phase;

static int64_t greatest_common_divisor(int64_t a, int64_t b) { return b ? greatest_common_divisor(b, a % b) : a; }

static phase phase_at(int64_t first, int64_t size, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  int64_t divisor = greatest_common_divisor(stride, dilation);
  phase p = {.pixels = (size - first + stride - 1) / stride, .step = stride / divisor, .dilation = dilation / divisor};
  int64_t tap = 0;
  while (tap < kernel && tap < p.step && (first + pad - tap * dilation) % stride != 0) tap++;
  if (tap == kernel || tap == p.step) return p;
  p.taps = (kernel - 1 - tap) / p.step + 1;
  p.last_tap = tap + (p.taps - 1) * p.step;
  p.pad = -(first + pad - p.last_tap * dilation) / stride;
  return p;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

size_t cc_backward_data_phases(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (size_t)(smaller(s->stride_height, s->in_height) * smaller(s->stride_width, s->in_width));
}

// Without the steps of y; row, column: the first pixel of dx, from which the phase writes every stride-th.
static cc_correlation phase_correlation(const cc_conv_plan *plan, size_t phase_index, int64_t *row, int64_t *column) {
  const cc_conv_shape *s = &plan->shape;
  int64_t across = smaller(s->stride_width, s->in_width);
  *row = (int64_t)phase_index / across;
  *column = (int64_t)phase_index % across;
  phase v = phase_at(*row, s->in_height, s->kernel_height, s->stride_height, s->dilation_height, s->pad_top);
  phase h = phase_at(*column, s->in_width, s->kernel_width, s->stride_width, s->dilation_width, s->pad_left);
  return (cc_correlation){
      .channels = s->out_channels / s->groups, .in_height = plan->out_height, .in_width = plan->out_width,
      .outputs = s->in_channels / s->groups, .out_height = (int32_t)v.pixels, .out_width = (int32_t)h.pixels,
      .kernel_height = (int32_t)v.taps, .kernel_width = (int32_t)h.taps, .stride_height = 1, .stride_width = 1,
      .dilation_height = v.dilation, .dilation_width = h.dilation, .pad_top = v.pad, .pad_left = h.pad,
      .taps = (ptrdiff_t)s->kernel_height * s->kernel_width, .first_tap = v.last_tap * s->kernel_width + h.last_tap,
      .tap_row = -(v.step * s->kernel_width), .tap_column = -h.step,
  };
}

cc_correlation_job cc_backward_data_job(const cc_conv_plan *plan, size_t phase, const float *dy, const float *packed, float *dx) {
  const cc_conv_shape *s = &plan->shape;
  const size_t row_floats = (size_t)s->in_width * CC_LANES;
  int64_t row, column;
  cc_correlation_job job = {.plan = plan, .x = dy, .packed = packed,
                            .correlation = phase_correlation(plan, phase, &row, &column)};
  job.y = dx + row * row_floats + column * CC_LANES;
  job.in_points = plan->data_in_points;
  if (job.in_points) job.correlation.taps = (ptrdiff_t)s->kernel_height * CC_CONV_POINTS;
  job.x_group = job.correlation.channels * plan->out_plane;
  job.y_group = job.correlation.outputs * plan->in_plane;
  job.correlation.y_plane = plan->in_plane;
  job.correlation.y_row = s->stride_height * row_floats;
  job.correlation.y_column = (size_t)s->stride_width * CC_LANES;
  return job;
}
