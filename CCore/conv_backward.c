// All gradients of a convolution in one pass over the image blocks: a task takes a part of the blocks, brings the gradient
// of the fused result back to the convolution's in memory that stays in its cache, and computes from there its share of
// the partial weight gradients and of the rows of dx.
#include "buffer.h"
#include "conv_plan.h"
#include "fusion.h"
#include "parallel.h"
#include "reference.h"

enum {
  TASKS_PER_THREAD = 6,
  FLOATS_PER_TASK = 1 << 16,      // of sums
  MOST_EXPANDED_BYTES = 3 << 19,  // of a task: three quarters of a usual second-level cache
};

typedef struct {
  const cc_conv_plan *plan;
  const cc_conv_gradient *gradient;
  cc_pool_planes pool;  // of a band
  size_t pooled_plane;  // floats
  size_t bands;         // of a plane: rows of windows, if these hold every pixel
  cc_weight_job weights;
  bool wants_weights;
  const float *packed;
  float *dx;      // NULL: not wanted
  size_t tiles;   // of the weight gradient
  size_t shares;  // of a part of the blocks: the first make weight gradients, the last dx, a single one both
  size_t weight_shares, data_shares;
  float *scratch; // a slot for each task at a time: what is expanded, then that of the weight gradient
  size_t slot, expanded;  // floats
} backward_job;

static bool is_plain(const cc_conv_epilogue *e) { return e->activation == CC_IDENTITY && e->pooling == CC_NO_POOLING; }

// Of the largest part of the blocks.
static size_t expanded_floats(const cc_conv_plan *plan) {
  size_t blocks = (plan->blocks + plan->gradient_parts - 1) / plan->gradient_parts;
  return blocks * plan->shape.out_channels * plan->out_plane;
}

bool cc_conv_backward_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue) {
  if (!plan || !epilogue) return false;
  if (is_plain(epilogue)) return true;
  if (plan->layout == CC_ROW_MAJOR) return false;
  if (epilogue->pooled_activation != CC_IDENTITY &&
      (plan->algorithm == CC_CONV_WINOGRAD || epilogue->pooling == CC_NO_POOLING)) return false;
  if (plan->algorithm == CC_CONV_WINOGRAD) return cc_winograd_fuses(plan, epilogue);
  if (plan->algorithm != CC_CONV_DIRECT) return false;
  return expanded_floats(plan) * sizeof(float) <= MOST_EXPANDED_BYTES;
}

// The convolution's gradient in plane block · K + channel -> dy, a band at a time. scratch: a band of pooled values.
static void expand(const backward_job *job, size_t plane, float *dy, float *scratch) {
  const cc_conv_gradient *g = job->gradient;
  const cc_conv_epilogue *e = &g->epilogue;
  const cc_kernels *kernels = cc_active_kernels();
  const size_t out = job->plan->out_plane / job->bands, in = job->pooled_plane / job->bands;
  for (size_t band = plane * job->bands; band < (plane + 1) * job->bands; band++, dy += out) {
    const size_t at = band * out, pooled = band * in;
    const float *from = (const float *)g->dy + (e->pooling == CC_NO_POOLING ? at : pooled);
    if (e->pooled_activation != CC_IDENTITY) {
      const float *activated = (const float *)g->pooled + pooled;
      kernels->elementwise.unary_gradient[e->pooled_activation](in, activated, activated, from, scratch);
      from = scratch;
    }
    switch (e->pooling) {
    case CC_NO_POOLING: break;
    case CC_MAX_POOLING: kernels->pool.max_backward(&job->pool, 1, g->winner + pooled, from, dy), from = dy; break;
    case CC_AVERAGE_POOLING: kernels->pool.average_backward(&job->pool, 1, from, dy), from = dy; break;
    }
    if (e->activation == CC_IDENTITY) continue;
    const float *activated = (const float *)g->activated + at;
    kernels->elementwise.unary_gradient[e->activation](out, activated, activated, from, dy);
  }
}

// (part of the blocks, share).
static void backward_task(void *context, size_t task) {
  const backward_job *job = context;
  const cc_conv_plan *plan = job->plan;
  const size_t part = task / job->shares, share = task % job->shares, outputs = plan->shape.out_channels;
  const cc_span blocks = cc_split(plan->blocks, part, plan->gradient_parts);
  const cc_span tiles = share < job->weight_shares ? cc_split(job->tiles, share, job->weight_shares) : (cc_span){0, 0};
  const bool makes_data = share + job->data_shares >= job->shares;
  // The channels of dy that are read: all for dx, else those of the tiles.
  cc_span channels = {0, outputs};
  if (!makes_data && tiles.end > tiles.begin)
    channels = (cc_span){cc_weight_tile_channels(&job->weights, tiles.begin).begin,
                         cc_weight_tile_channels(&job->weights, tiles.end - 1).end};
  const size_t count = channels.end - channels.begin;
  // dy: of channels.begin in the first block.
  const float *dy = (const float *)job->gradient->dy + (blocks.begin * outputs + channels.begin) * plan->out_plane;
  size_t dy_block = outputs * plan->out_plane;
  float *scratch = job->scratch ? job->scratch + cc_task_slot() * job->slot : NULL;
  if (job->expanded) {
    dy = scratch;
    dy_block = count * plan->out_plane;
    for (size_t block = blocks.begin; block < blocks.end; block++)
      for (size_t i = 0; i < count; i++)
        expand(job, block * outputs + channels.begin + i, scratch + ((block - blocks.begin) * count + i) * plan->out_plane,
               scratch + job->expanded);
  }
  if (tiles.end > tiles.begin) {
    const size_t first = cc_weight_tile_channels(&job->weights, tiles.begin).begin - channels.begin;
    cc_weight_tiles(&job->weights, part, tiles, dy + first * plan->out_plane, dy_block, scratch + job->expanded);
  }
  for (size_t phase = 0; makes_data && phase < cc_backward_data_phases(plan); phase++) {
    // dy and dx begin at the part's first block.
    cc_correlation_job data = cc_backward_data_job(
        plan, phase, dy, job->packed, job->dx + blocks.begin * plan->shape.in_channels * plan->in_plane);
    // Of the rows of all groups, one after the other.
    const size_t height = (size_t)data.correlation.out_height;
    const cc_span rows = cc_split(plan->shape.groups * height, share + job->data_shares - job->shares, job->data_shares);
    for (size_t block = 0; block < blocks.end - blocks.begin; block++)
      for (size_t row = rows.begin, next; row < rows.end; row = next) {
        const size_t group = row / height, end = (group + 1) * height;
        next = end < rows.end ? end : rows.end;
        cc_correlate_rows(&data, block, group, (cc_span){row - group * height, next - group * height});
      }
  }
}

static cc_status backward_reference(const cc_conv_plan *plan, const void *dy, const void *x, const void *weights, void *dx,
                                    void *dw, void *dbias) {
  cc_status status = CC_OK;
  if (dw) status = cc_reference_conv_backward_weights(&plan->shape, plan->dtype, x, dy, dw, dbias);
  if (dx && status == CC_OK) status = cc_reference_conv_backward_data(&plan->shape, plan->dtype, dy, weights, dx);
  return status;
}

typedef struct {
  const cc_conv_plan *plan;
  const float *dy;
  float *dbias;
  size_t tasks;
} bias_job;

static void sum_task(void *context, size_t task) {
  const bias_job *j = context;
  const size_t outputs = j->plan->shape.out_channels, plane = j->plan->out_plane;
  const cc_span span = cc_split(outputs, task, j->tasks);
  cc_active_kernels()->conv.sum_planes(j->plan->blocks, outputs * plane, span.end - span.begin, plane, j->dy + span.begin * plane,
                                       j->dbias + span.begin);
}

static void sum_biases(const cc_conv_plan *plan, const float *dy, float *dbias) {
  const size_t outputs = plan->shape.out_channels, tasks = cc_task_count(plan->blocks * outputs * plan->out_plane, FLOATS_PER_TASK);
  bias_job job = {plan, dy, dbias, tasks < outputs ? tasks : outputs};
  cc_parallel(job.tasks, sum_task, &job);
}

static cc_status backward_one_by_one(const cc_conv_plan *plan, const float *dy, const float *x, const float *weights, float *dx,
                                    float *dw, float *dbias, float *workspace) {
  const bool depthwise = plan->algorithm == CC_CONV_DEPTHWISE, winograd = plan->algorithm == CC_CONV_WINOGRAD;
  cc_status status = CC_OK;
  if (dw && depthwise) status = cc_depthwise_backward_weights(plan, x, dy, dw);
  else if (dw && winograd && plan->winograd_weights)
    status = cc_winograd_backward(plan, &(cc_conv_gradient){.dy = dy}, x, weights, NULL, dw, NULL, workspace);
  else if (dw) status = (plan->weights_in_windows ? cc_windows_backward_weights : cc_patches_backward_weights)(plan, x, dy, dw);
  if (dbias && status == CC_OK) sum_biases(plan, dy, dbias);
  if (!dx || status != CC_OK) return status;
  if (depthwise) return cc_depthwise_backward_data(plan, dy, weights, dx);
  if (winograd) return cc_winograd_backward_data(plan, dy, weights, dx, workspace);
  return (plan->data_in_windows ? cc_windows_backward_data : cc_patches_backward_data)(plan, dy, weights, dx);
}

cc_status cc_conv_backward(const cc_conv_plan *plan, const cc_conv_gradient *gradient, const void *x, const void *weights,
                           void *dx, void *dw, void *dbias, void *workspace) {
  if (!plan || !gradient || !gradient->dy || (dx && !weights) || ((dw || dbias) && !x)) return CC_BAD_POINTER;
  const cc_conv_epilogue *e = &gradient->epilogue;
  if ((e->activation != CC_IDENTITY && !gradient->activated) || (e->pooling == CC_MAX_POOLING && !gradient->winner) ||
      (e->pooled_activation != CC_IDENTITY && !gradient->pooled))
    return CC_BAD_POINTER;
  if (!cc_conv_backward_fuses(plan, e)) return CC_UNSUPPORTED;
  if (plan->algorithm == CC_CONV_REFERENCE) return backward_reference(plan, gradient->dy, x, weights, dx, dw, dbias);
  if (!workspace) return CC_BAD_POINTER;
  if (plan->algorithm == CC_CONV_WINOGRAD && plan->layout == CC_INTERLEAVED)
    return cc_winograd_backward(plan, gradient, x, weights, dx, dw, dbias, workspace);
  if (plan->algorithm != CC_CONV_DIRECT) return backward_one_by_one(plan, gradient->dy, x, weights, dx, dw, dbias, workspace);
  float *partials = (float *)workspace + plan->packed_count;
  backward_job job = {
      .plan = plan, .gradient = gradient, .bands = 1, .packed = workspace, .dx = dx, .wants_weights = dw || dbias,
      .weights = cc_weight_job_of(plan, x, partials, dw, dbias),
  };
  if (e->pooling != CC_NO_POOLING) {
    cc_status status = cc_pool_planes_of(&e->pool, &job.pool);
    if (status != CC_OK) return status;
    job.pooled_plane = (size_t)job.pool.out_height * job.pool.out_width * CC_LANES;
    if (job.pool.covered && job.pool.whole) {
      job.bands = job.pool.out_height;
      job.pool.out_height = 1, job.pool.shape.in_height = job.pool.shape.kernel_height;
    }
  }
  if (dx) cc_conv_pack(plan, true, weights, workspace);
  job.tiles = job.weights.group_tiles * plan->shape.groups;
  const size_t rows = (size_t)plan->shape.in_height * plan->shape.groups, most = dx && rows > job.tiles ? rows : job.tiles;
  // More shares balance better but expand the same gradient more often. They change no result.
  job.shares = ((size_t)cc_thread_count() * TASKS_PER_THREAD + plan->gradient_parts - 1) / plan->gradient_parts;
  if (job.shares > most) job.shares = most;
  // Kept apart, the two transform and expand less than mixed.
  const bool mixed = job.shares == 1 || !dx || !job.wants_weights;
  const size_t half = job.shares / 2 < job.tiles ? job.shares / 2 : job.tiles;
  job.weight_shares = !job.wants_weights ? 0 : mixed ? job.shares : half;
  job.data_shares = !dx ? 0 : mixed ? job.shares : job.shares - half;
  job.expanded = is_plain(e) ? 0 : expanded_floats(plan);
  // A pooled plane and the weight gradient's scratch are not needed at the same time.
  const size_t rest = job.wants_weights ? plan->weight_scratch : 0;
  job.slot = job.expanded + (rest > job.pooled_plane ? rest : job.pooled_plane);
  const size_t bytes = cc_task_slots() * job.slot * sizeof(float);
  if (bytes && !(job.scratch = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  cc_parallel(plan->gradient_parts * job.shares, backward_task, &job);
  cc_buffer_give(job.scratch, bytes);
  if (job.wants_weights) cc_weight_sum(&job.weights, dw, dbias);
  return CC_OK;
}

cc_status cc_conv_backward_data(const cc_conv_plan *plan, const void *dy, const void *weights, void *dx, void *workspace) {
  if (!dx) return CC_BAD_POINTER;
  return cc_conv_backward(plan, &(cc_conv_gradient){.dy = dy}, NULL, weights, dx, NULL, NULL, workspace);
}

cc_status cc_conv_backward_weights(const cc_conv_plan *plan, const void *x, const void *dy, void *dw, void *dbias,
                                   void *workspace) {
  if (!dw) return CC_BAD_POINTER;
  return cc_conv_backward(plan, &(cc_conv_gradient){.dy = dy}, x, NULL, NULL, dw, dbias, workspace);
}
