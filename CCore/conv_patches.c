// Convolution of row-major images, a few at a time: for each image and group one matrix product with the image's patches,
// which the product packs from the image itself.
//
//   forward            y  (K × pixels) = weights (K × C·R·S) · patches of x
//   backward-weights   dw (K × C·R·S) += dy (K × pixels) · patches of x, transposed; images in order
//   backward-data      dx from its patches' gradients, if there are few channels; else
//                      for each stride phase: dx (C × its pixels) = its taps of the weights (C × K·taps) · patches of dy
#include "buffer.h"
#include "conv_plan.h"
#include "kernels/geometry.h"
#include "elementwise.h"
#include "parallel.h"
#include <stdatomic.h>
#include <string.h>

enum { FEW_CHANNELS = 3, MOST_SCATTERED = 1 << 18 };

typedef struct {
  const cc_conv_plan *plan;
  size_t depth, outputs;            // channels of one group
  size_t in_plane, out_plane, taps; // pixels, pixels, R · S
  const float *x, *weights, *bias;
  float *y;
} image_job;

static image_job job_of(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (image_job){
      .plan = plan, .depth = s->in_channels / s->groups, .outputs = s->out_channels / s->groups,
      .in_plane = (size_t)s->in_height * s->in_width, .out_plane = (size_t)plan->out_height * plan->out_width,
      .taps = (size_t)s->kernel_height * s->kernel_width,
  };
}

static cc_matrix row_major(const float *data, size_t columns) { return (cc_matrix){(float *)data, columns, 16, false}; }

// The patches of x for the forward convolution.
static cc_patches patches_of(const image_job *j, const float *x) {
  const cc_conv_shape *s = &j->plan->shape;
  return (cc_patches){
      .x = x, .in_height = s->in_height, .in_width = s->in_width, .out_width = j->plan->out_width,
      .kernel_height = s->kernel_height, .kernel_width = s->kernel_width, .stride_height = s->stride_height,
      .stride_width = s->stride_width, .dilation_height = s->dilation_height, .dilation_width = s->dilation_width,
      .pad_top = s->pad_top, .pad_left = s->pad_left,
  };
}

// Whether the patches are the image itself.
static bool is_pointwise(const cc_conv_shape *s) {
  return s->kernel_height == 1 && s->kernel_width == 1 && s->stride_height == 1 && s->stride_width == 1 && s->pad_top == 0 &&
         s->pad_left == 0 && s->pad_bottom == 0 && s->pad_right == 0;
}

typedef cc_status image_product(const image_job *job, size_t index);

typedef struct {
  const image_job *job;
  image_product *product;
  atomic_int status;
} side_job;

static void run_product(void *context, size_t task) {
  side_job *side = context;
  cc_status status = side->product(side->job, task);
  if (status != CC_OK) atomic_store(&side->status, (int)status);
}

// Many products run side by side, each on one thread; a few one after the other, each on all.
static cc_status run_products(const image_job *job, size_t count, image_product *product) {
  side_job side = {.job = job, .product = product};
  if (count >= 2 * (size_t)cc_thread_count()) cc_parallel(count, run_product, &side);
  else for (size_t index = 0; index < count; index++) run_product(&side, index);
  return (cc_status)atomic_load(&side.status);
}

// ------------------------------------------------------------------------------------------------ forward

// index: image · groups + group.
static cc_status forward_product(const image_job *j, size_t index) {
  size_t group = index % j->plan->shape.groups, depth = j->depth * j->taps;
  const float *x = j->x + index * j->depth * j->in_plane;
  cc_patches patches = patches_of(j, x);
  cc_gemm_problem problem = {
      .m = j->outputs, .n = j->out_plane, .k = depth,
      .a = row_major(j->weights + group * j->outputs * depth, depth), .b = row_major(x, j->in_plane),
      .c = row_major(j->y + index * j->outputs * j->out_plane, j->out_plane),
      .patches = is_pointwise(&j->plan->shape) ? NULL : &patches,
      .start = j->bias ? CC_START_ROW_BIAS : CC_START_ZERO, .bias = j->bias ? j->bias + group * j->outputs : NULL,
  };
  return cc_gemm_run(&problem);
}

cc_status cc_patches_forward(const cc_conv_plan *plan, const float *x, const float *weights, const float *bias, float *y) {
  image_job job = job_of(plan);
  job.x = x, job.weights = weights, job.bias = bias, job.y = y;
  return run_products(&job, (size_t)plan->shape.batch * plan->shape.groups, forward_product);
}

// ------------------------------------------------------------------------------------------------ backward-weights

// index: group. weights and y are dw and dy here.
static cc_status weights_product(const image_job *j, size_t group) {
  const cc_conv_shape *s = &j->plan->shape;
  const size_t depth = j->depth * j->taps;
  float *dw = (float *)j->weights + group * j->outputs * depth;
  cc_status status = CC_OK;
  if (s->batch == 0) memset(dw, 0, j->outputs * depth * sizeof(float));
  for (size_t image = 0; image < (size_t)s->batch && status == CC_OK; image++) {
    size_t index = image * s->groups + group;
    const float *x = j->x + index * j->depth * j->in_plane;
    cc_patches patches = patches_of(j, x);
    cc_gemm_problem problem = {
        .m = j->outputs, .n = depth, .k = j->out_plane, .transpose_b = true,
        .a = row_major(j->y + index * j->outputs * j->out_plane, j->out_plane), .b = row_major(x, j->in_plane),
        .c = row_major(dw, depth), .patches = is_pointwise(s) ? NULL : &patches,
        .start = image == 0 ? CC_START_ZERO : CC_START_C,
    };
    status = cc_gemm_run(&problem);
  }
  return status;
}

cc_status cc_patches_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw) {
  image_job job = job_of(plan);
  job.x = x, job.y = (float *)dy, job.weights = dw;
  return run_products(&job, (size_t)plan->shape.groups, weights_product);
}

// The sums of each image's plane, added in order of the images.
cc_status cc_plane_bias_gradient(const cc_conv_plan *plan, const float *dy, float *dbias) {
  const size_t outputs = (size_t)plan->shape.out_channels, planes = (size_t)plan->shape.batch * outputs;
  float *sums = cc_buffer_take(planes * sizeof(float));
  if (!sums) return CC_NO_MEMORY;
  memset(dbias, 0, outputs * sizeof(float));
  cc_status status = cc_reduce(CC_SUM, CC_FLOAT32, planes, (size_t)plan->out_height * plan->out_width, 1, dy, sums);
  for (size_t at = 0; at < planes; at++) dbias[at % outputs] += sums[at];
  cc_buffer_give(sums, planes * sizeof(float));
  return status;
}

// ------------------------------------------------------------------------------------------------ backward-data

// One stride phase. The image job's x is dx, y is dy, weights are the phase's own,
// [K][taps of the phase][C/groups].
typedef struct {
  image_job image;
  cc_correlation correlation;
  int64_t row, column;  // the first pixel of dx
  float *pixels;        // a slot for the phase's pixels of dx, where they do not lie side by side
} phase_job;

static bool is_dense(const cc_conv_shape *s) { return s->stride_height == 1 && s->stride_width == 1; }

typedef struct {
  const phase_job *phase;
  const float *weights;
  float *packed;
} pack_job;

// The phase's taps of output channel k, [C/groups][R · S] -> [taps of the phase][C/groups]: rows of the transposed operand.
static void pack_phase(void *context, size_t k) {
  const pack_job *job = context;
  const image_job *j = &job->phase->image;
  const cc_correlation *c = &job->phase->correlation;
  cc_active_kernels()->conv.transpose_taps(c, job->weights + k * j->depth * j->taps, job->weights + j->plan->weight_count,
                                           j->depth, job->packed + k * c->kernel_height * c->kernel_width * j->depth);
}

static cc_status data_product(const image_job *j, size_t index) {
  const phase_job *p = (const phase_job *)j;
  const cc_conv_shape *s = &j->plan->shape;
  const cc_correlation *c = &p->correlation;
  const size_t group = index % s->groups, depth = j->outputs * c->kernel_height * c->kernel_width;
  const size_t pixels = (size_t)c->out_height * c->out_width;
  float *dx = (float *)j->x + index * j->depth * j->in_plane;
  float *to = is_dense(s) ? dx : p->pixels + cc_task_slot() * j->depth * j->in_plane;
  const float *dy = j->y + index * j->outputs * j->out_plane;
  cc_patches patches = {
      .x = dy, .in_height = c->in_height, .in_width = c->in_width, .out_width = c->out_width,
      .kernel_height = c->kernel_height, .kernel_width = c->kernel_width, .stride_height = 1, .stride_width = 1,
      .dilation_height = c->dilation_height, .dilation_width = c->dilation_width, .pad_top = c->pad_top, .pad_left = c->pad_left,
  };
  cc_gemm_problem problem = {
      .m = j->depth, .n = pixels, .k = depth, .transpose_a = true,
      .a = row_major(j->weights + group * j->depth * depth, j->depth), .b = row_major(dy, j->out_plane),
      .c = row_major(to, pixels), .patches = is_pointwise(s) || depth == 0 ? NULL : &patches,
  };
  cc_status status = cc_gemm_run(&problem);
  for (size_t channel = 0; channel < j->depth && to != dx; channel++)
    for (int64_t r = 0; r < c->out_height; r++) {
      float *row = dx + channel * j->in_plane + (p->row + r * s->stride_height) * s->in_width + p->column;
      for (int64_t q = 0; q < c->out_width; q++) row[q * s->stride_width] = to[channel * pixels + r * c->out_width + q];
    }
  return status;
}

// Few channels of x: the patches of dy, K times as many, would take longest. Instead the gradients of the patches of x,
// (C·R·S × pixels) = weights, transposed · dy, are added to the pixels that they were taken from.
typedef struct {
  image_job image;
  float *patches;  // a slot for each task at a time
} scatter_job;

static bool scatters(const image_job *j) {
  return j->depth <= FEW_CHANNELS && j->depth * j->taps * j->out_plane <= MOST_SCATTERED;
}

static void scatter_tap(const image_job *j, size_t tap, const float *from, float *plane) {
  const cc_conv_shape *s = &j->plan->shape;
  const int64_t down = (int64_t)tap / s->kernel_width * s->dilation_height - s->pad_top;
  const int64_t across = (int64_t)tap % s->kernel_width * s->dilation_width - s->pad_left;
  const cc_range rows = cc_inside(down, s->stride_height, j->plan->out_height, s->in_height);
  const cc_range columns = cc_inside(across, s->stride_width, j->plan->out_width, s->in_width);
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const float *x = from + r * j->plan->out_width;
    float *to = plane + (r * s->stride_height + down) * s->in_width + across;
    if (s->stride_width == 1 && columns.end > columns.begin)
      cc_active_kernels()->elementwise.accumulate((size_t)(columns.end - columns.begin), 1, x + columns.begin, to + columns.begin);
    else for (int64_t q = columns.begin; q < columns.end; q++) to[q * s->stride_width] += x[q];
  }
}

static cc_status scatter_product(const image_job *j, size_t index) {
  const size_t rows = j->depth * j->taps;
  const float *weights = j->weights + index % j->plan->shape.groups * j->outputs * rows;
  float *patches = ((const scatter_job *)j)->patches + cc_task_slot() * rows * j->out_plane;
  float *dx = (float *)j->x + index * j->depth * j->in_plane;
  cc_gemm_problem problem = {
      .m = rows, .n = j->out_plane, .k = j->outputs, .transpose_a = true, .a = row_major(weights, rows),
      .b = row_major(j->y + index * j->outputs * j->out_plane, j->out_plane), .c = row_major(patches, j->out_plane),
  };
  cc_status status = cc_gemm_run(&problem);
  memset(dx, 0, j->depth * j->in_plane * sizeof(float));
  for (size_t row = 0; row < rows && status == CC_OK; row++)
    scatter_tap(j, row % j->taps, patches + row * j->out_plane, dx + row / j->taps * j->in_plane);
  return status;
}

static cc_status scatter(const image_job *image, const float *weights) {
  const cc_conv_shape *s = &image->plan->shape;
  const size_t bytes = cc_task_slots() * image->depth * image->taps * image->out_plane * sizeof(float);
  scatter_job job = {*image, cc_buffer_take(bytes)};
  if (!job.patches) return CC_NO_MEMORY;
  job.image.weights = weights;
  cc_status status = run_products(&job.image, (size_t)s->batch * s->groups, scatter_product);
  cc_buffer_give(job.patches, bytes);
  return status;
}

size_t cc_patches_workspace_bytes(const cc_conv_plan *plan) { return plan->weight_count * sizeof(float); }

cc_status cc_patches_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx, float *workspace) {
  const cc_conv_shape *s = &plan->shape;
  phase_job job = {.image = job_of(plan)};
  job.image.x = dx, job.image.y = (float *)dy, job.image.weights = workspace;
  if (scatters(&job.image)) return scatter(&job.image, weights);
  const size_t bytes = is_dense(s) ? 0 : cc_task_slots() * job.image.depth * job.image.in_plane * sizeof(float);
  if (bytes && !(job.pixels = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  cc_status status = CC_OK;
  for (size_t phase = 0; phase < cc_backward_data_phases(plan) && status == CC_OK; phase++) {
    job.correlation = cc_backward_data_phase(plan, phase, &job.row, &job.column);
    cc_parallel((size_t)s->out_channels, pack_phase, &(pack_job){&job, weights, workspace});
    status = run_products(&job.image, (size_t)s->batch * s->groups, data_product);
  }
  cc_buffer_give(job.pixels, bytes);
  return status;
}
