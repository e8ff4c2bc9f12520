// Convolution as matrix products: for each row-major image, or block of 16 interleaved ones, and group one product with the
// image's patches, which the product packs from the image itself.
//
//   forward            y  (K × pixels) = weights (K × C·R·S) · patches of x
//   backward-weights   dw (K × C·R·S) += dy (K × pixels) · patches of x, transposed; blocks in order
//   backward-data      dx from its patches' gradients, weights, transposed (C·R·S × K) · dy
#include "buffer.h"
#include "conv_plan.h"
#include "kernels/geometry.h"
#include "elementwise.h"
#include "parallel.h"
#include <stdatomic.h>
#include <string.h>

typedef struct {
  const cc_conv_plan *plan;
  size_t lanes, blocks;       // images of a block: 1 or 16; blocks
  size_t depth, outputs;      // channels of one group
  size_t in_plane, out_plane; // floats of one channel of a block
  size_t taps;                // R · S
  size_t pieces;              // of the columns of a product
  const float *x, *weights, *bias;
  float *y;
} image_job;

static image_job job_of(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  return (image_job){
      .plan = plan, .lanes = plan->layout == CC_ROW_MAJOR ? 1 : CC_LANES, .blocks = plan->blocks,
      .depth = s->in_channels / s->groups, .outputs = s->out_channels / s->groups,
      .in_plane = plan->in_plane, .out_plane = plan->out_plane, .taps = (size_t)s->kernel_height * s->kernel_width,
      .pieces = 1,
  };
}

static cc_matrix row_major(const float *data, size_t columns) { return (cc_matrix){(float *)data, columns, 16, false}; }

// The patches of x for the forward convolution.
static cc_patches patches_of(const image_job *j, const float *x) {
  const cc_conv_shape *s = &j->plan->shape;
  return (cc_patches){
      .x = x, .lanes = j->lanes, .in_height = s->in_height, .in_width = s->in_width, .out_width = j->plan->out_width,
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

// Many products run side by side, each piece on one thread; a few one after the other, each on all.
static cc_status run_products(image_job *job, size_t count, image_product *product) {
  side_job side = {.job = job, .product = product};
  const bool are_many = count >= 2 * (size_t)cc_thread_count();
  if (!are_many) job->pieces = 1;
  if (are_many) cc_parallel(count * job->pieces, run_product, &side);
  else for (size_t index = 0; index < count; index++) run_product(&side, index);
  return (cc_status)atomic_load(&side.status);
}

// As many as one thread would make of them: that costs nothing, and no thread waits long for another.
static size_t pieces_of(const image_job *j) { return (j->out_plane + CC_GEMM_MOST_COLUMNS - 1) / CC_GEMM_MOST_COLUMNS; }

static cc_span piece_of(const image_job *j, size_t piece) {
  const cc_span vectors = cc_split((j->out_plane + 15) / 16, piece, j->pieces);
  return (cc_span){vectors.begin * 16, vectors.end * 16 < j->out_plane ? vectors.end * 16 : j->out_plane};
}

// ------------------------------------------------------------------------------------------------ forward

// index: (block · groups + group) · pieces + piece.
static cc_status forward_product(const image_job *j, size_t index) {
  const size_t image = index / j->pieces, group = image % j->plan->shape.groups, depth = j->depth * j->taps;
  const float *x = j->x + image * j->depth * j->in_plane;
  cc_patches patches = patches_of(j, x);
  cc_gemm_problem problem = {
      .m = j->outputs, .n = j->out_plane, .k = depth,
      .a = row_major(j->weights + group * j->outputs * depth, depth), .b = row_major(x, j->in_plane),
      .c = row_major(j->y + image * j->outputs * j->out_plane, j->out_plane), .columns = piece_of(j, index % j->pieces),
      .patches = is_pointwise(&j->plan->shape) ? NULL : &patches,
      .start = j->bias ? CC_START_ROW_BIAS : CC_START_ZERO, .bias = j->bias ? j->bias + group * j->outputs : NULL,
  };
  return cc_gemm_run(&problem);
}

cc_status cc_patches_forward(const cc_conv_plan *plan, const float *x, const float *weights, const float *bias, float *y) {
  image_job job = job_of(plan);
  job.x = x, job.weights = weights, job.bias = bias, job.y = y, job.pieces = pieces_of(&job);
  return run_products(&job, plan->blocks * plan->shape.groups, forward_product);
}

// ------------------------------------------------------------------------------------------------ backward-weights

// index: group. weights and y are dw and dy here.
static cc_status weights_product(const image_job *j, size_t group) {
  const cc_conv_shape *s = &j->plan->shape;
  const size_t depth = j->depth * j->taps;
  float *dw = (float *)j->weights + group * j->outputs * depth;
  cc_status status = CC_OK;
  if (s->batch == 0) memset(dw, 0, j->outputs * depth * sizeof(float));
  for (size_t block = 0; block < j->blocks && status == CC_OK; block++) {
    size_t index = block * s->groups + group;
    const float *x = j->x + index * j->depth * j->in_plane;
    cc_patches patches = patches_of(j, x);
    cc_gemm_problem problem = {
        .m = j->outputs, .n = depth, .k = j->out_plane, .transpose_b = true,
        .a = row_major(j->y + index * j->outputs * j->out_plane, j->out_plane), .b = row_major(x, j->in_plane),
        .c = row_major(dw, depth), .patches = is_pointwise(s) ? NULL : &patches,
        .start = block == 0 ? CC_START_ZERO : CC_START_C,
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

// ------------------------------------------------------------------------------------------------ backward-data

// The gradients of the patches of x, (C·R·S × pixels) = weights, transposed · dy, are added to the pixels that they were
// taken from: a part of the channels of x at a time.
typedef struct {
  image_job image;  // its x is dx, y is dy
  size_t parts;     // of the channels
  float *patches;   // a slot for each task at a time
  size_t slot;      // floats
} data_job;

// Floats of the gradients of patches in a task: they stay in the second-level cache; of 16 images in the third.
static size_t most_patches(const image_job *j) { return j->lanes == 1 ? 1 << 17 : 1 << 20; }

static void add_tap(const image_job *j, size_t tap, const float *from, float *plane) {
  const cc_conv_shape *s = &j->plan->shape;
  const int64_t lanes = (int64_t)j->lanes, out_width = j->plan->out_width;
  const int64_t down = (int64_t)tap / s->kernel_width * s->dilation_height - s->pad_top;
  const int64_t across = (int64_t)tap % s->kernel_width * s->dilation_width - s->pad_left;
  const cc_range rows = cc_inside(down, s->stride_height, j->plan->out_height, s->in_height);
  const cc_range columns = cc_inside(across, s->stride_width, out_width, s->in_width);
  if (columns.end <= columns.begin) return;
  const size_t count = (size_t)(columns.end - columns.begin);
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const float *x = from + (r * out_width + columns.begin) * lanes;
    float *to = plane + ((r * s->stride_height + down) * s->in_width + columns.begin * s->stride_width + across) * lanes;
    cc_active_kernels()->conv.add_strided(count, j->lanes, (size_t)s->stride_width, x, to);
  }
}

// index: ((block · groups + group) · parts + part) · pieces + piece.
static cc_status data_product(const image_job *j, size_t index) {
  const data_job *job = (const data_job *)j;
  const cc_conv_shape *s = &j->plan->shape;
  const size_t part = index / j->pieces % job->parts, image = index / j->pieces / job->parts, group = image % s->groups;
  const cc_span channels = cc_split(j->depth, part, job->parts);
  const size_t count = channels.end - channels.begin, rows = count * j->taps;
  float *dx = (float *)j->x + (image * j->depth + channels.begin) * j->in_plane;
  float *patches = job->patches ? job->patches + cc_task_slot() * job->slot : dx;
  cc_gemm_problem problem = {
      .m = rows, .n = j->out_plane, .k = j->outputs, .transpose_a = true,
      .a = row_major(j->weights + (group * j->outputs * j->depth + channels.begin) * j->taps, j->depth * j->taps),
      .b = row_major(j->y + image * j->outputs * j->out_plane, j->out_plane), .c = row_major(patches, j->out_plane),
      .columns = piece_of(j, index % j->pieces),
  };
  cc_status status = cc_gemm_run(&problem);
  if (!job->patches || status != CC_OK) return status;
  memset(dx, 0, count * j->in_plane * sizeof(float));
  for (size_t row = 0; row < rows; row++)
    add_tap(j, row % j->taps, patches + row * j->out_plane, dx + row / j->taps * j->in_plane);
  return CC_OK;
}

cc_status cc_patches_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx) {
  data_job job = {.image = job_of(plan), .parts = 1};
  image_job *j = &job.image;
  j->x = dx, j->y = (float *)dy, j->weights = weights;
  size_t bytes = 0;
  if (is_pointwise(&plan->shape)) {
    j->pieces = pieces_of(j);
  } else {
    const size_t channel = j->taps * j->out_plane;
    job.parts = j->depth * channel / most_patches(j) + 1;
    if (job.parts > j->depth) job.parts = j->depth;
    job.slot = (j->depth + job.parts - 1) / job.parts * channel;
    bytes = cc_task_slots() * job.slot * sizeof(float);
    if (!(job.patches = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  }
  cc_status status = run_products(j, plan->blocks * plan->shape.groups * job.parts, data_product);
  cc_buffer_give(job.patches, bytes);
  return status;
}
