// Pooling: checks, and the split of planes into tasks. float64 runs on reference.c.
#include "pool.h"
#include "buffer.h"
#include "kernels/geometry.h"
#include "kernels/kernels.h"
#include "parallel.h"
#include "reference.h"
#include <math.h>
#include <string.h>

// Input of one task: enough to be worth handing out, little enough to balance. Floats between short slots of scratch memory:
// what a processor fetches ahead for one thread is not what another writes.
enum { VECTORS_PER_TASK = 2048, PIXELS_PER_TASK = 8192, SLOT_DISTANCE = 256 };

static bool fits_memory(int64_t batch, int64_t channels, int64_t height, int64_t width) {
  size_t bytes = sizeof(double);
  return !__builtin_mul_overflow(bytes, (size_t)(batch + CC_LANES), &bytes) &&
         !__builtin_mul_overflow(bytes, (size_t)channels, &bytes) &&
         !__builtin_mul_overflow(bytes, (size_t)height, &bytes) &&
         !__builtin_mul_overflow(bytes, (size_t)width, &bytes) && bytes <= PTRDIFF_MAX;
}

// Windows along one axis; `free`: how far the first can move.
static int64_t windows(int64_t size, int64_t pad, int64_t free, int64_t stride, bool ceils) {
  if (!ceils) return free / stride + 1;
  int64_t count = (free + stride - 1) / stride + 1;
  return (count - 1) * stride >= size + pad ? count - 1 : count;
}

cc_status cc_pool_output_size(const cc_pool_shape *s, int32_t *out_height, int32_t *out_width) {
  if (!s || !out_height || !out_width) return CC_BAD_POINTER;
  if (s->batch < 0 || s->channels < 1 || s->in_height < 1 || s->in_width < 1 || s->kernel_height < 1 ||
      s->kernel_width < 1 || s->stride_height < 1 || s->stride_width < 1 || s->pad_height < 0 || s->pad_width < 0 ||
      s->pad_height > s->kernel_height / 2 || s->pad_width > s->kernel_width / 2 ||
      s->divisor < 0 || (int64_t)s->kernel_height * s->kernel_width > UINT16_MAX)
    return CC_BAD_SHAPE;
  int64_t free_rows = (int64_t)s->in_height + 2 * (int64_t)s->pad_height - s->kernel_height;
  int64_t free_columns = (int64_t)s->in_width + 2 * (int64_t)s->pad_width - s->kernel_width;
  if (free_rows < 0 || free_columns < 0) return CC_BAD_SHAPE;
  int64_t rows = windows(s->in_height, s->pad_height, free_rows, s->stride_height, s->ceils);
  int64_t columns = windows(s->in_width, s->pad_width, free_columns, s->stride_width, s->ceils);
  if (rows > INT32_MAX || columns > INT32_MAX || !fits_memory(s->batch, s->channels, s->in_height, s->in_width) ||
      !fits_memory(s->batch, s->channels, rows, columns))
    return CC_BAD_SHAPE;
  *out_height = (int32_t)rows;
  *out_width = (int32_t)columns;
  return CC_OK;
}

// x and y hold the gradients too: a backward function reads one and writes the other.
typedef struct {
  cc_pool_planes planes;
  size_t plane_count, tasks;
  float *x, *y;
  uint16_t *winner;
} pool_job;

// The planes of a task, as pointers.
typedef struct {
  size_t planes;
  float *x, *y;
  uint16_t *winner;
} pool_part;

static pool_part part_of(const pool_job *job, size_t task) {
  cc_span span = cc_split(job->plane_count, task, job->tasks);
  const cc_pool_shape *s = &job->planes.shape;
  size_t y_at = span.begin * job->planes.out_height * job->planes.out_width * CC_LANES;
  return (pool_part){span.end - span.begin, job->x + span.begin * s->in_height * s->in_width * CC_LANES, job->y + y_at,
                     job->winner ? job->winner + y_at : NULL};
}

static void run_max_forward(void *context, size_t task) {
  const pool_job *job = context;
  pool_part part = part_of(job, task);
  cc_active_kernels()->pool.max_forward(&job->planes, part.planes, part.x, part.y, part.winner);
}

static void run_max_backward(void *context, size_t task) {
  const pool_job *job = context;
  pool_part part = part_of(job, task);
  cc_active_kernels()->pool.max_backward(&job->planes, part.planes, part.winner, part.y, part.x);
}

static void run_average_forward(void *context, size_t task) {
  const pool_job *job = context;
  pool_part part = part_of(job, task);
  cc_active_kernels()->pool.average_forward(&job->planes, part.planes, part.x, part.y);
}

static void run_average_backward(void *context, size_t task) {
  const pool_job *job = context;
  pool_part part = part_of(job, task);
  cc_active_kernels()->pool.average_backward(&job->planes, part.planes, part.y, part.x);
}

cc_status cc_pool_planes_of(const cc_pool_shape *shape, cc_pool_planes *planes) {
  *planes = (cc_pool_planes){.shape = *shape};
  cc_status status = cc_pool_output_size(shape, &planes->out_height, &planes->out_width);
  if (status != CC_OK) return status;
  planes->disjoint = shape->stride_height >= shape->kernel_height && shape->stride_width >= shape->kernel_width;
  planes->whole = shape->pad_height == 0 && shape->pad_width == 0 &&
                  (int64_t)(planes->out_height - 1) * shape->stride_height + shape->kernel_height <= shape->in_height &&
                  (int64_t)(planes->out_width - 1) * shape->stride_width + shape->kernel_width <= shape->in_width;
  // The last window ends at out · stride − pad if stride and kernel are equal.
  planes->covered = shape->stride_height == shape->kernel_height && shape->stride_width == shape->kernel_width &&
                    (int64_t)planes->out_height * shape->kernel_height - shape->pad_height >= shape->in_height &&
                    (int64_t)planes->out_width * shape->kernel_width - shape->pad_width >= shape->in_width;
  return CC_OK;
}

static cc_status run_interleaved(const cc_pool_shape *shape, cc_dtype dtype, cc_task body, const float *x, const float *y,
                                 const uint16_t *winner) {
  if (dtype != CC_FLOAT32) return CC_UNSUPPORTED;
  pool_job job = {.x = (float *)x, .y = (float *)y, .winner = (uint16_t *)winner};
  cc_status status = cc_pool_planes_of(shape, &job.planes);
  if (status != CC_OK) return status;
  size_t vectors = (size_t)shape->in_height * shape->in_width;
  job.plane_count = ((size_t)shape->batch + CC_LANES - 1) / CC_LANES * shape->channels;
  job.tasks = cc_task_count(job.plane_count * vectors, VECTORS_PER_TASK);
  if (job.tasks > job.plane_count) job.tasks = job.plane_count;
  cc_parallel(job.tasks, body, &job);
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ row-major float32

typedef struct {
  cc_plane_windows windows;
  size_t planes, tasks;
  bool takes_largest, rectifies;
  const float *x;
  float *y, *padded;  // padded: a slot for each task at a time
  size_t padded_floats;
  uint16_t *winner;
} plane_job;

static void run_planes(void *context, size_t task) {
  const plane_job *job = context;
  const cc_plane_windows *w = &job->windows;
  const cc_plane_kernels *kernels = &cc_active_kernels()->plane;
  float *padded = job->padded + cc_task_slot() * job->padded_floats;
  cc_span span = cc_split(job->planes, task, job->tasks);
  for (size_t plane = span.begin; plane < span.end; plane++) {
    size_t at = plane * w->out_height * w->out_width;
    kernels->pad(w, job->x + plane * w->in_height * w->in_width, job->takes_largest ? -INFINITY : 0, padded);
    if (job->takes_largest) kernels->max_pool(w, padded, job->rectifies, job->y + at, job->winner ? job->winner + at : NULL);
    else kernels->average_pool(w, padded, job->y + at);
  }
}

// The plane kernels know whole windows and one divisor; the rest runs on reference.c.
static bool pools_planes(const cc_pool_shape *shape, cc_dtype dtype) {
  return dtype == CC_FLOAT32 && shape->kernel_width <= CC_PLANE_MOST_KERNEL_WIDTH && !shape->ceils &&
         !shape->excludes_padding && shape->divisor == 0;
}

static cc_status set_windows(cc_plane_windows *w, const cc_pool_shape *s) {
  *w = (cc_plane_windows){
      .in_height = s->in_height, .in_width = s->in_width, .kernel_height = s->kernel_height,
      .kernel_width = s->kernel_width, .stride_height = s->stride_height, .stride_width = s->stride_width,
      .dilation_height = 1, .dilation_width = 1, .pad_top = s->pad_height, .pad_left = s->pad_width,
      .spacing_height = 1, .spacing_width = 1,
  };
  return cc_pool_output_size(s, &w->out_height, &w->out_width);
}

static cc_status pool_planes(const cc_pool_shape *s, bool takes_largest, const float *x, float *y, uint16_t *winner) {
  plane_job job = {.planes = (size_t)s->batch * s->channels, .takes_largest = takes_largest, .rectifies = s->rectifies,
                   .x = x, .y = y, .winner = winner};
  cc_status status = set_windows(&job.windows, s);
  if (status != CC_OK || job.planes == 0) return status;
  job.padded_floats = (cc_plane_layout(&job.windows) + 15) / 16 * 16;
  const size_t bytes = cc_task_slots() * job.padded_floats * sizeof(float);
  if (!(job.padded = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  job.tasks = cc_task_count(job.planes * (size_t)s->in_height * s->in_width, PIXELS_PER_TASK);
  if (job.tasks > job.planes) job.tasks = job.planes;
  cc_parallel(job.tasks, run_planes, &job);
  cc_buffer_give(job.padded, bytes);
  return CC_OK;
}

// One window over a whole plane: 16 planes side by side are one plane of 16 interleaved images.
static bool is_global(const cc_pool_shape *s, cc_dtype dtype) {
  return dtype == CC_FLOAT32 && s->kernel_height == s->in_height && s->kernel_width == s->in_width && s->pad_height == 0 &&
         s->pad_width == 0;
}

typedef struct {
  pool_job pool;  // its planes are counted one by one
  bool takes_largest;
  float *interleaved;  // a slot for each task at a time
} global_job;

static void run_global(void *context, size_t task) {
  const global_job *job = context;
  const pool_job *pool = &job->pool;
  const cc_kernels *kernels = cc_active_kernels();
  const size_t pixels = (size_t)pool->planes.shape.in_height * pool->planes.shape.in_width;
  float *x = job->interleaved + cc_task_slot() * pixels * CC_LANES;
  cc_span blocks = cc_split((pool->plane_count + CC_LANES - 1) / CC_LANES, task, pool->tasks);
  for (size_t at = blocks.begin * CC_LANES; at < blocks.end * CC_LANES; at += CC_LANES) {
    float y[CC_LANES] __attribute__((aligned(64)));
    uint16_t winner[CC_LANES] __attribute__((aligned(64)));
    const size_t count = pool->plane_count - at < CC_LANES ? pool->plane_count - at : CC_LANES;
    kernels->layout.interleave(count, pixels, 0, pixels, pool->x + at * pixels, x);
    if (job->takes_largest) kernels->pool.max_forward(&pool->planes, 1, x, y, pool->winner ? winner : NULL);
    else kernels->pool.average_forward(&pool->planes, 1, x, y);
    memcpy(pool->y + at, y, count * sizeof *y);
    if (pool->winner) memcpy(pool->winner + at, winner, count * sizeof *winner);
  }
}

static cc_status pool_global(const cc_pool_shape *s, bool takes_largest, const float *x, float *y, uint16_t *winner) {
  global_job job = {.takes_largest = takes_largest,
                    .pool = {.plane_count = (size_t)s->batch * s->channels, .x = (float *)x, .y = y, .winner = winner}};
  pool_job *pool = &job.pool;
  cc_status status = cc_pool_planes_of(s, &pool->planes);
  if (status != CC_OK || pool->plane_count == 0) return status;
  const size_t pixels = (size_t)s->in_height * s->in_width, blocks = (pool->plane_count + CC_LANES - 1) / CC_LANES;
  const size_t bytes = cc_task_slots() * pixels * CC_LANES * sizeof(float);
  if (!(job.interleaved = cc_buffer_take(bytes))) return CC_NO_MEMORY;
  pool->tasks = cc_task_count(pool->plane_count * pixels, PIXELS_PER_TASK);
  if (pool->tasks > blocks) pool->tasks = blocks;
  cc_parallel(pool->tasks, run_global, &job);
  cc_buffer_give(job.interleaved, bytes);
  return CC_OK;
}

// A winner's place follows from its number and its window; one division by multiplication, exact for 16 bits each.
static void run_scatter(void *context, size_t task) {
  const pool_job *job = context;
  const cc_pool_planes *p = &job->planes;
  const cc_pool_shape *s = &p->shape;
  const int64_t in_width = s->in_width, kernel_width = s->kernel_width, share = (INT64_C(1) << 32) / kernel_width + 1;
  const size_t in_plane = (size_t)s->in_height * in_width, out_plane = (size_t)p->out_height * p->out_width;
  cc_span span = cc_split(job->plane_count, task, job->tasks);
  const float *dy = job->y + span.begin * out_plane;
  const uint16_t *winner = job->winner + span.begin * out_plane;
  for (size_t plane = span.begin; plane < span.end; plane++) {
    float *dx = job->x + plane * in_plane;
    memset(dx, 0, in_plane * sizeof *dx);
    for (int64_t row = 0; row < p->out_height; row++) {
      int64_t window = (row * s->stride_height - s->pad_height) * in_width - s->pad_width;
      for (int64_t column = 0; column < p->out_width; column++, window += s->stride_width, dy++, winner++)
        if (*winner != CC_NO_WINNER) dx[window + *winner + (*winner * share >> 32) * (in_width - kernel_width)] += *dy;
    }
  }
}

static cc_status scatter_gradient(const cc_pool_shape *s, const uint16_t *winner, const float *dy, float *dx) {
  pool_job job = {.plane_count = (size_t)s->batch * s->channels, .x = dx, .y = (float *)dy, .winner = (uint16_t *)winner};
  cc_status status = cc_pool_planes_of(s, &job.planes);
  if (status != CC_OK) return status;
  job.tasks = cc_task_count(job.plane_count * (size_t)s->in_height * s->in_width, PIXELS_PER_TASK);
  if (job.tasks > job.plane_count) job.tasks = job.plane_count;
  cc_parallel(job.tasks, run_scatter, &job);
  return CC_OK;
}

typedef struct {
  cc_plane_windows windows;
  size_t planes, tasks;
  const float *dy, *row_share, *column_share;
  float *dx, *scratch;  // scratch: a slot for each task at a time
  size_t scratch_floats;
} spread_job;

static void run_spread(void *context, size_t task) {
  const spread_job *job = context;
  const cc_plane_windows *w = &job->windows;
  const cc_span span = cc_split(job->planes, task, job->tasks);
  cc_active_kernels()->plane.average_gradient(
      w, span.end - span.begin, job->row_share, job->column_share, job->dy + span.begin * w->out_height * w->out_width,
      job->scratch + cc_task_slot() * job->scratch_floats, job->dx + span.begin * w->in_height * w->in_width);
}

// One window over a whole plane.
static void run_fill(void *context, size_t task) {
  const spread_job *job = context;
  const size_t pixels = (size_t)job->windows.in_height * job->windows.in_width;
  const cc_span span = cc_split(job->planes, task, job->tasks);
  for (size_t plane = span.begin; plane < span.end; plane++) {
    const float value = job->row_share[0] * job->column_share[0] * job->dy[plane];
    for (size_t pixel = 0; pixel < pixels; pixel++) job->dx[plane * pixels + pixel] = value;
  }
}

// What an element's part of a mean is along one axis: a factor for each window.
static void set_shares(float *share, int64_t windows, int64_t kernel, int64_t stride, int64_t size, int64_t pad,
                       bool excludes_padding) {
  for (int64_t t = 0; t < windows; t++) {
    const int64_t first = t * stride - pad;
    share[t] = 1 / (float)cc_window_counts(first, cc_inside(first, 1, kernel, size), kernel, size, pad, excludes_padding);
  }
}

static cc_status spread_gradient(const cc_pool_shape *s, const float *dy, float *dx) {
  spread_job job = {.planes = (size_t)s->batch * s->channels, .dy = dy, .dx = dx};
  cc_plane_windows *w = &job.windows;
  cc_status status = set_windows(w, s);
  if (status != CC_OK || job.planes == 0) return status;
  if (w->out_width == 1) w->stride_width = 1;  // no window follows: a long stride is no reason for a long row
  job.scratch_floats = cc_plane_spread_of(w).floats + SLOT_DISTANCE;
  const size_t rows = (size_t)w->out_height, columns = ((size_t)w->out_width + 15) / 16 * 16;
  const size_t scratch = cc_task_slots() * job.scratch_floats, bytes = (columns + scratch + rows) * sizeof(float);
  float *column_share = cc_buffer_take(bytes);
  if (!column_share) return CC_NO_MEMORY;
  job.scratch = column_share + columns;
  float *row_share = job.scratch + scratch;
  memset(column_share, 0, columns * sizeof(float));
  set_shares(column_share, w->out_width, s->kernel_width, s->stride_width, s->in_width, s->pad_width, s->excludes_padding);
  set_shares(row_share, w->out_height, s->kernel_height, s->stride_height, s->in_height, s->pad_height, s->excludes_padding);
  if (s->divisor) {
    for (int32_t q = 0; q < w->out_width; q++) column_share[q] = 1;
    for (int32_t r = 0; r < w->out_height; r++) row_share[r] = 1 / (float)s->divisor;
  }
  job.column_share = column_share, job.row_share = row_share;
  job.tasks = cc_task_count(job.planes * (size_t)s->in_height * s->in_width, PIXELS_PER_TASK);
  if (job.tasks > job.planes) job.tasks = job.planes;
  cc_parallel(job.tasks, is_global(s, CC_FLOAT32) ? run_fill : run_spread, &job);
  cc_buffer_give(column_share, bytes);
  return CC_OK;
}

// ------------------------------------------------------------------------------------------------ entry points

cc_status cc_max_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *x, void *y,
                              uint16_t *winner) {
  if (!shape || !x || !y) return CC_BAD_POINTER;
  if (layout == CC_ROW_MAJOR && is_global(shape, dtype)) return pool_global(shape, true, x, y, winner);
  if (layout == CC_ROW_MAJOR && pools_planes(shape, dtype)) return pool_planes(shape, true, x, y, winner);
  if (layout == CC_ROW_MAJOR) return cc_reference_max_pool_forward(shape, dtype, x, y, winner);
  return run_interleaved(shape, dtype, run_max_forward, x, y, winner);
}

cc_status cc_max_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const uint16_t *winner,
                               const void *dy, void *dx) {
  if (!shape || !winner || !dy || !dx) return CC_BAD_POINTER;
  if (layout == CC_ROW_MAJOR && dtype == CC_FLOAT32) return scatter_gradient(shape, winner, dy, dx);
  if (layout == CC_ROW_MAJOR) return cc_reference_max_pool_backward(shape, dtype, winner, dy, dx);
  return run_interleaved(shape, dtype, run_max_backward, dx, dy, winner);
}

cc_status cc_average_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *x,
                                  void *y) {
  if (!shape || !x || !y) return CC_BAD_POINTER;
  if (layout == CC_ROW_MAJOR && is_global(shape, dtype)) return pool_global(shape, false, x, y, NULL);
  if (layout == CC_ROW_MAJOR && pools_planes(shape, dtype)) return pool_planes(shape, false, x, y, NULL);
  if (layout == CC_ROW_MAJOR) return cc_reference_average_pool_forward(shape, dtype, x, y);
  return run_interleaved(shape, dtype, run_average_forward, x, y, NULL);
}

cc_status cc_average_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, cc_layout layout, const void *dy,
                                   void *dx) {
  if (!shape || !dy || !dx) return CC_BAD_POINTER;
  if (layout == CC_ROW_MAJOR && dtype == CC_FLOAT32) return spread_gradient(shape, dy, dx);
  if (layout == CC_ROW_MAJOR) return cc_reference_average_pool_backward(shape, dtype, dy, dx);
  return run_interleaved(shape, dtype, run_average_backward, dx, dy, NULL);
}
