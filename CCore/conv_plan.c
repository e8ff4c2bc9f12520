// Validation of shapes, output sizes, and the choice of algorithm.
#include "conv_plan.h"
#include <math.h>
#include <stdlib.h>

// Partial weight gradients may take this much workspace, and are made until there are that many tasks.
enum { MOST_PARTIAL_BYTES = 256 << 20, ENOUGH_GRADIENT_TASKS = 64 };

// What choose_windows goes by.
enum { FEW_PLANES = 16, MANY_PIXELS = 128 };

// Of the scratch of a weight gradient in points: 768 KB.
enum { POINT_GRADIENT_FLOATS = 192 << 10 };

// Whether an array of 8-byte elements (the batch rounded up to whole blocks) has a size that ptrdiff_t holds.
static bool fits_memory(int64_t a, int64_t b, int64_t c, int64_t d) {
  size_t bytes = sizeof(double);
  return !__builtin_mul_overflow(bytes, (size_t)a, &bytes) && !__builtin_mul_overflow(bytes, (size_t)b, &bytes) &&
         !__builtin_mul_overflow(bytes, (size_t)c, &bytes) && !__builtin_mul_overflow(bytes, (size_t)d, &bytes) &&
         bytes <= PTRDIFF_MAX;
}

static int64_t output_size(int32_t size, int32_t pad_before, int32_t pad_after, int32_t kernel, int32_t stride,
                           int32_t dilation) {
  int64_t reach = (int64_t)dilation * (kernel - 1) + 1;
  int64_t left = (int64_t)size + pad_before + pad_after - reach;
  return left < 0 ? 0 : left / stride + 1;
}

cc_status cc_conv_output_size(const cc_conv_shape *s, int32_t *out_height, int32_t *out_width) {
  if (!s || !out_height || !out_width) return CC_BAD_POINTER;
  if (s->batch < 0 || s->in_channels < 1 || s->in_height < 1 || s->in_width < 1 || s->out_channels < 1 ||
      s->kernel_height < 1 || s->kernel_width < 1 || s->stride_height < 1 || s->stride_width < 1 || s->pad_top < 0 ||
      s->pad_left < 0 || s->pad_bottom < 0 || s->pad_right < 0 || s->dilation_height < 1 || s->dilation_width < 1 ||
      s->groups < 1 || s->in_channels % s->groups || s->out_channels % s->groups)
    return CC_BAD_SHAPE;
  int64_t rows = output_size(s->in_height, s->pad_top, s->pad_bottom, s->kernel_height, s->stride_height,
                             s->dilation_height);
  int64_t columns = output_size(s->in_width, s->pad_left, s->pad_right, s->kernel_width, s->stride_width,
                                s->dilation_width);
  if (rows < 1 || rows > INT32_MAX || columns < 1 || columns > INT32_MAX) return CC_BAD_SHAPE;
  int64_t images = (int64_t)s->batch + CC_LANES;
  if (!fits_memory(images, s->in_channels, s->in_height, s->in_width) ||
      !fits_memory(images, s->out_channels, rows, columns) ||
      !fits_memory(s->out_channels, s->in_channels / s->groups, s->kernel_height, s->kernel_width))
    return CC_BAD_SHAPE;
  *out_height = (int32_t)rows;
  *out_width = (int32_t)columns;
  return CC_OK;
}

// By shape only, so that sums do not depend on threads: as few parts as give enough tasks and fit in memory.
static size_t gradient_parts(const cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  size_t outputs = (size_t)s->out_channels / s->groups;
  size_t tiles = (outputs + CC_GRADIENT_OUTPUTS - 1) / CC_GRADIENT_OUTPUTS * s->groups;
  size_t parts = (ENOUGH_GRADIENT_TASKS + tiles - 1) / tiles;
  size_t most = MOST_PARTIAL_BYTES / ((plan->weight_count + s->out_channels) * sizeof(float));
  if (parts > most) parts = most;
  if (parts > plan->blocks) parts = plan->blocks;
  return parts ? parts : 1;
}

static bool winograd_can(const cc_conv_shape *s) {
  return s->kernel_height == 3 && s->kernel_width == 3 && s->stride_height == 1 && s->stride_width == 1;
}

// Whether it is faster than the plain sums, by the multiplications of vectors that both take for each pair of channels. The
// transforms of a tile take as long as 600 for each channel, and those of the weights as 25 for each kernel, of their gradients
// as 100. Row-major, tiles that do not share vectors are slower but for what would be empty, and few transform the weights on
// the way; products with packed patches take half as long again.
static bool winograd_pays(const cc_conv_plan *plan, bool gradient) {
  const cc_conv_shape *s = &plan->shape;
  const double c = s->in_channels / s->groups, k = s->out_channels / s->groups, blocks = (double)plan->blocks;
  const size_t all = cc_winograd_tiles(s, plan->out_height, plan->out_width) * plan->blocks;
  double tiles = (double)all, pixels = (double)plan->out_height * plan->out_width * blocks, weights = gradient ? 100 : 25, slower = 1;
  if (plan->layout == CC_ROW_MAJOR) {
    const bool by_channel = !gradient && cc_winograd_prefers_channels(all, c, k), few = by_channel && all <= CC_WINOGRAD_FEW;
    tiles = by_channel ? tiles / CC_LANES : ceil(tiles / CC_LANES);
    pixels = ceil(pixels / CC_LANES) * (gradient || plan->forward_in_windows ? 1 : 1.5);
    if (by_channel) slower = 1.15;
    if (few) slower = 1.5, weights = 19;
  }
  return 36 * tiles * slower + tiles * 600 * (1 / c + 1 / k) + weights < 9 * pixels;
}

// Whether matrix products are faster than register tiles over the images of a block: where a pixel meets few taps, so that
// bringing it to where it is read in order is paid by many channels, not saved by overlapping patches.
static bool products_pay(const cc_conv_shape *s) {
  const bool overlap_little = (s->kernel_height == 1 && s->kernel_width == 1) || (s->stride_height > 1 && s->stride_width > 1);
  return overlap_little && s->in_channels / s->groups >= 32 && s->out_channels / s->groups >= 32;
}

// Row-major: which passes read the pixels under each tap from padded planes instead of packing patches. The planes must be
// few, which stay in the cache; or strided, where patches are slow to pack. Gradients of few pixels are mostly sums of lanes.
static void choose_windows(cc_conv_plan *plan) {
  const cc_conv_shape *s = &plan->shape;
  const int64_t taps = (int64_t)s->kernel_height * s->kernel_width;
  const bool few_inputs = s->in_channels / s->groups <= FEW_PLANES, few_outputs = s->out_channels / s->groups <= FEW_PLANES;
  if (taps == 1 || taps > CC_WINDOWS_MOST_TAPS) return;
  plan->forward_in_windows = few_inputs || (s->stride_height > 1 && s->stride_width > 1);
  plan->data_in_windows = few_outputs && s->stride_height == 1 && s->stride_width == 1;
  plan->weights_in_windows = few_inputs && (int64_t)plan->out_height * plan->out_width >= MANY_PIXELS;
}

static bool filters_can(const cc_conv_shape *s) {
  return cc_active_kernels()->conv.correlate_points && s->stride_height == 1 && s->stride_width == 1 &&
         s->dilation_height == 1 && s->dilation_width == 1 && (s->kernel_width == 3 || s->kernel_width == 5);
}

// Whether minimal filtering along the rows is faster for a correlation of `inputs` to `outputs` channels with rows of `width`
// pixels: it loads more than it multiplies, and transforms pixels and sums.
static bool filters_pay(const cc_conv_shape *s, size_t inputs, size_t outputs, int64_t width) {
  const int64_t pixels = CC_CONV_POINTS + 1 - s->kernel_width, products = (width + pixels - 1) / pixels * CC_CONV_POINTS;
  return outputs >= 6 && inputs * s->kernel_height >= 5 && 5 * products <= 3 * width * s->kernel_width;
}

static bool correlates_in_points(const cc_conv_shape *s, size_t inputs, size_t outputs, int64_t width, cc_conv_method method) {
  return filters_can(s) && inputs * s->kernel_height * CC_CONV_POINTS * CC_LANES <= CC_POINT_SCRATCH &&
         (method == CC_CONV_USE_POINTS || (method == CC_CONV_FASTEST && filters_pay(s, inputs, outputs, width)));
}

// The same for the weight gradient, in so many bands: transforming a tile of a channel takes as long as 120 products of vectors,
// and adding the lanes of a sum as long as 5.5.
static bool gradient_filters_pay(const cc_conv_plan *plan, double inputs, double outputs, double tiles, double bands) {
  const cc_conv_shape *s = &plan->shape;
  const double kernels = inputs * outputs * s->kernel_height;
  const double rows_of_x = plan->out_height + bands * (s->kernel_height - 1);
  const double products = CC_CONV_POINTS * kernels * (tiles * plan->out_height + 5.5 * bands);
  const double transforms = 120 * tiles * (outputs * plan->out_height + inputs * rows_of_x);
  return products + transforms < 1.1 * kernels * s->kernel_width * plan->out_height * plan->out_width;
}

// The bands by shape only, so that sums do not depend on threads: as few as stay in the cache.
static void choose_gradient_points(cc_conv_plan *plan, size_t inputs, size_t outputs, cc_conv_method method) {
  if (!filters_can(&plan->shape) || method == CC_CONV_EXACT) return;
  const cc_weight_gradient gradient = cc_weight_gradient_of(plan);
  size_t bands = 0, rows, floats;
  do {
    bands++;
    rows = ((size_t)plan->out_height + bands - 1) / bands;
    floats = cc_point_gradient_floats(&gradient, inputs, outputs, rows);
  } while (rows > 1 && floats > POINT_GRADIENT_FLOATS);
  if (floats > POINT_GRADIENT_FLOATS) return;
  if (method == CC_CONV_FASTEST && !gradient_filters_pay(plan, inputs, outputs, cc_point_gradient_tiles(&gradient), bands)) return;
  plan->weights_in_points = true, plan->weight_rows = rows, plan->weight_scratch = floats;
}

static void choose_points(cc_conv_plan *plan, cc_conv_method method) {
  const cc_conv_shape *s = &plan->shape;
  const size_t inputs = (size_t)s->in_channels / s->groups, outputs = (size_t)s->out_channels / s->groups;
  plan->forward_in_points = correlates_in_points(s, inputs, outputs, plan->out_width, method);
  plan->data_in_points = correlates_in_points(s, outputs, inputs, s->in_width, method);
  choose_gradient_points(plan, inputs, outputs, method);
  const bool either = plan->forward_in_points || plan->data_in_points;
  plan->packed_count = either ? plan->weight_count / s->kernel_width * CC_CONV_POINTS : plan->weight_count;
}

cc_status cc_conv_plan_create(const cc_conv_shape *shape, cc_dtype dtype, cc_layout layout, cc_conv_method method,
                              cc_conv_plan **result) {
  if (!shape || !result) return CC_BAD_POINTER;
  *result = NULL;
  if (dtype != CC_FLOAT32 && !(dtype == CC_FLOAT64 && layout == CC_ROW_MAJOR)) return CC_UNSUPPORTED;
  cc_conv_plan plan = {.shape = *shape, .dtype = dtype, .layout = layout};
  cc_status status = cc_conv_output_size(shape, &plan.out_height, &plan.out_width);
  if (status != CC_OK) return status;
  plan.weight_count = (size_t)shape->out_channels * (shape->in_channels / shape->groups) * shape->kernel_height *
                      shape->kernel_width;
  const size_t lanes = layout == CC_ROW_MAJOR ? 1 : CC_LANES;
  plan.blocks = ((size_t)shape->batch + lanes - 1) / lanes;
  plan.in_plane = (size_t)shape->in_height * shape->in_width * lanes;
  plan.out_plane = (size_t)plan.out_height * plan.out_width * lanes;
  if (layout == CC_ROW_MAJOR) {
    plan.algorithm = dtype != CC_FLOAT32 ? CC_CONV_REFERENCE : cc_is_depthwise(shape) ? CC_CONV_DEPTHWISE : CC_CONV_PATCHES;
    if (plan.algorithm == CC_CONV_PATCHES) choose_windows(&plan);
  } else if (products_pay(shape)) {
    plan.algorithm = CC_CONV_PATCHES;
  } else {
    plan.algorithm = CC_CONV_DIRECT;
    choose_points(&plan, method);
    plan.gradient_parts = gradient_parts(&plan);
    // Packed weights, and all partial gradients.
    size_t partials = plan.gradient_parts * (plan.weight_count + shape->out_channels);
    plan.workspace_bytes = (plan.packed_count + partials) * sizeof(float);
  }
  if (dtype == CC_FLOAT32 && winograd_can(shape) &&
      (method == CC_CONV_USE_WINOGRAD || (method == CC_CONV_FASTEST && winograd_pays(&plan, false)))) {
    plan.algorithm = CC_CONV_WINOGRAD;
    plan.winograd_weights = method == CC_CONV_USE_WINOGRAD || layout == CC_INTERLEAVED || winograd_pays(&plan, true);
    plan.workspace_bytes = cc_winograd_workspace_bytes(&plan);
  }
  if (method == CC_CONV_USE_WINOGRAD && plan.algorithm != CC_CONV_WINOGRAD) return CC_UNSUPPORTED;
  if (method == CC_CONV_USE_POINTS && !(plan.forward_in_points && plan.data_in_points)) return CC_UNSUPPORTED;
  *result = malloc(sizeof plan);
  if (!*result) return CC_NO_MEMORY;
  **result = plan;
  return CC_OK;
}

void cc_conv_plan_destroy(cc_conv_plan *plan) { free(plan); }

size_t cc_conv_workspace_bytes(const cc_conv_plan *plan) { return plan ? plan->workspace_bytes : 0; }
