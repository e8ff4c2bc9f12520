// Changes of layout, strided copies, casts and fills.
#include "layout.h"
#include "kernels/kernels.h"
#include "parallel.h"
#include <string.h>

// Elements of one task.
enum { GRAIN = 1 << 15, INTERLEAVED_GRAIN = 1 << 13 };

// ------------------------------------------------------------------------------------------------ interleaving

size_t cc_interleaved_count(int32_t batch, size_t features) {
  return ((size_t)batch + CC_LANES - 1) / CC_LANES * CC_LANES * features;
}

typedef struct {
  size_t batch, features, parts;  // of the features of a block
  const float *x;
  float *y;
  cc_layout_kernel kernel;
} interleave_job;

static void interleave_part(void *context, size_t task) {
  const interleave_job *job = context;
  size_t first = task / job->parts * CC_LANES, left = job->batch - first;
  // Parts begin at multiples of 16 features, so only the last has a tail.
  cc_span groups = cc_split((job->features + 15) / 16, task % job->parts, job->parts);
  size_t end = groups.end * 16 < job->features ? groups.end * 16 : job->features;
  size_t at = first * job->features;  // the same in both layouts
  job->kernel(left < CC_LANES ? left : CC_LANES, job->features, groups.begin * 16, end, job->x + at, job->y + at);
}

static cc_status run_interleave(int32_t batch, size_t features, const float *x, float *y, cc_layout_kernel kernel) {
  if (!x || !y) return CC_BAD_POINTER;
  if (batch < 0) return CC_BAD_SHAPE;
  size_t blocks = ((size_t)batch + CC_LANES - 1) / CC_LANES;
  interleave_job job = {(size_t)batch, features, cc_task_count(features * CC_LANES, INTERLEAVED_GRAIN), x, y, kernel};
  if (features) cc_parallel(blocks * job.parts, interleave_part, &job);
  return CC_OK;
}

cc_status cc_interleave(int32_t batch, size_t features, const float *x, float *y) {
  return run_interleave(batch, features, x, y, cc_active_kernels()->layout.interleave);
}

cc_status cc_deinterleave(int32_t batch, size_t features, const float *x, float *y) {
  return run_interleave(batch, features, x, y, cc_active_kernels()->layout.deinterleave);
}

// ------------------------------------------------------------------------------------------------ strided copies

typedef struct {
  size_t element_bytes, rows, tasks;
  int rank;                      // of the outer dimensions
  size_t shape[CC_MAX_RANK];     // without the innermost dimension
  ptrdiff_t strides[CC_MAX_RANK];
  size_t run;                    // elements of the innermost dimension
  ptrdiff_t run_stride;
  char *view, *array;
  bool into_view;
} copy_job;

// Drops dimensions of size 1 and merges neighbours that are one walk: [a][b] with stride(a) = b · stride(b).
static void collapse(copy_job *job, int32_t rank, const size_t *shape, const ptrdiff_t *strides) {
  int count = 0;
  for (int d = 0; d < rank; d++) {
    if (shape[d] == 1) continue;
    if (count && job->strides[count - 1] == strides[d] * (ptrdiff_t)shape[d]) {
      job->shape[count - 1] *= shape[d];
      job->strides[count - 1] = strides[d];
    } else {
      job->shape[count] = shape[d];
      job->strides[count++] = strides[d];
    }
  }
  job->run = count ? job->shape[count - 1] : 1;
  job->run_stride = count ? job->strides[count - 1] : 1;
  job->rank = count ? count - 1 : 0;
}

typedef struct {
  uint64_t low, high;
} element16;

#define COPY_RUN(type)                                                                                        \
  {                                                                                                           \
    type *v = (type *)view, *a = (type *)array;                                                               \
    if (job->into_view) for (size_t i = 0; i < job->run; i++) v[(ptrdiff_t)i * job->run_stride] = a[i];       \
    else for (size_t i = 0; i < job->run; i++) a[i] = v[(ptrdiff_t)i * job->run_stride];                      \
    break;                                                                                                    \
  }

static void copy_run(const copy_job *job, char *view, char *array) {
  if (job->run_stride == 1) {
    memcpy(job->into_view ? view : array, job->into_view ? array : view, job->run * job->element_bytes);
    return;
  }
  switch (job->element_bytes) {
  case 1: COPY_RUN(uint8_t)
  case 2: COPY_RUN(uint16_t)
  case 4: COPY_RUN(uint32_t)
  case 8: COPY_RUN(uint64_t)
  case 16: COPY_RUN(element16)
  }
}

static void copy_rows(void *context, size_t task) {
  const copy_job *job = context;
  cc_span rows = cc_split(job->rows, task, job->tasks);
  // The indices of the first row, then an odometer.
  size_t index[CC_MAX_RANK], rest = rows.begin;
  ptrdiff_t offset = 0;
  for (int d = job->rank - 1; d >= 0; d--) {
    index[d] = rest % job->shape[d];
    rest /= job->shape[d];
    offset += (ptrdiff_t)index[d] * job->strides[d];
  }
  for (size_t row = rows.begin; row < rows.end; row++) {
    copy_run(job, job->view + offset * (ptrdiff_t)job->element_bytes, job->array + row * job->run * job->element_bytes);
    for (int d = job->rank - 1; d >= 0; d--) {
      offset += job->strides[d];
      if (++index[d] < job->shape[d]) break;
      offset -= (ptrdiff_t)job->shape[d] * job->strides[d];
      index[d] = 0;
    }
  }
}

static cc_status copy(size_t element_bytes, int32_t rank, const size_t *shape, const ptrdiff_t *strides, const void *view,
                      const void *array, bool into_view) {
  if (!view || !array || (rank > 0 && (!shape || !strides))) return CC_BAD_POINTER;
  if (rank < 0 || rank > CC_MAX_RANK) return CC_BAD_SHAPE;
  if (element_bytes > 16 || __builtin_popcountl(element_bytes) != 1) return CC_UNSUPPORTED;
  copy_job job = {.element_bytes = element_bytes, .view = (char *)view, .array = (char *)array, .into_view = into_view};
  for (int d = 0; d < rank; d++)
    if (shape[d] == 0) return CC_OK;
  collapse(&job, rank, shape, strides);
  job.rows = 1;
  for (int d = 0; d < job.rank; d++) job.rows *= job.shape[d];
  job.tasks = cc_task_count(job.rows * job.run, GRAIN);
  if (job.tasks > job.rows) job.tasks = job.rows;
  cc_parallel(job.tasks, copy_rows, &job);
  return CC_OK;
}

cc_status cc_copy_strided(size_t element_bytes, int32_t rank, const size_t *shape, const ptrdiff_t *strides,
                          const void *x, void *y) {
  return copy(element_bytes, rank, shape, strides, x, y, false);
}

cc_status cc_copy_into_strided(size_t element_bytes, int32_t rank, const size_t *shape, const ptrdiff_t *strides,
                               const void *x, void *y) {
  return copy(element_bytes, rank, shape, strides, y, x, true);
}

// ------------------------------------------------------------------------------------------------ casts and fills

typedef struct {
  cc_dtype from, to;
  size_t count, tasks;
  const void *x;
  void *y;
  double value;
} cast_job;

// The conversions that C leaves open: NaN becomes 0, values outside the type its nearest end. `end` is the first double
// above the type's largest value.
#define SATURATE(name, type, least, most, end) \
  static inline type name(double x) { return x >= (end) ? (most) : x > (double)(least) ? (type)x : x <= (double)(least) ? (least) : 0; }
SATURATE(to_int32, int32_t, INT32_MIN, INT32_MAX, 0x1p31)
SATURATE(to_int64, int64_t, INT64_MIN, INT64_MAX, 0x1p63)
SATURATE(to_uint8, uint8_t, 0, UINT8_MAX, 0x1p8)

#define EACH(expression) for (size_t i = span.begin; i < span.end; i++) y[i] = expression

#define CAST_TO(type, expression) { type *y = job->y; EACH(expression); break; }
#define CAST_FROM(type, int32, int64, uint8)             \
  {                                                      \
    const type *x = job->x;                              \
    switch (job->to) {                                   \
    case CC_FLOAT32: CAST_TO(float, (float)x[i])         \
    case CC_FLOAT64: CAST_TO(double, (double)x[i])       \
    case CC_INT32: CAST_TO(int32_t, int32(x[i]))         \
    case CC_INT64: CAST_TO(int64_t, int64(x[i]))         \
    case CC_UINT8: CAST_TO(uint8_t, uint8(x[i]))         \
    case CC_BOOL: CAST_TO(uint8_t, x[i] != 0)            \
    case CC_COMPLEX64: CAST_TO(float _Complex, (float _Complex)x[i])     \
    case CC_COMPLEX128: CAST_TO(double _Complex, (double _Complex)x[i])  \
    }                                                    \
    break;                                               \
  }

static void cast_part(void *context, size_t task) {
  const cast_job *job = context;
  cc_span span = cc_split(job->count, task, job->tasks);
  switch (job->from) {
  case CC_FLOAT32: CAST_FROM(float, to_int32, to_int64, to_uint8)
  case CC_FLOAT64: CAST_FROM(double, to_int32, to_int64, to_uint8)
  case CC_INT32: CAST_FROM(int32_t, (int32_t), (int64_t), (uint8_t))
  case CC_INT64: CAST_FROM(int64_t, (int32_t), (int64_t), (uint8_t))
  case CC_UINT8:
  case CC_BOOL: CAST_FROM(uint8_t, (int32_t), (int64_t), (uint8_t))
  case CC_COMPLEX64: CAST_FROM(float _Complex, to_int32, to_int64, to_uint8)
  case CC_COMPLEX128: CAST_FROM(double _Complex, to_int32, to_int64, to_uint8)
  }
}

static void fill_part(void *context, size_t task) {
  const cast_job *job = context;
  cc_span span = cc_split(job->count, task, job->tasks);
  switch (job->to) {
  case CC_FLOAT32: CAST_TO(float, (float)job->value)
  case CC_FLOAT64: CAST_TO(double, job->value)
  case CC_INT32: CAST_TO(int32_t, to_int32(job->value))
  case CC_INT64: CAST_TO(int64_t, to_int64(job->value))
  case CC_UINT8: CAST_TO(uint8_t, to_uint8(job->value))
  case CC_BOOL: CAST_TO(uint8_t, job->value != 0)
  case CC_COMPLEX64: CAST_TO(float _Complex, (float)job->value)
  case CC_COMPLEX128: CAST_TO(double _Complex, job->value)
  }
}

cc_status cc_cast(cc_dtype from, cc_dtype to, size_t count, const void *x, void *y) {
  if (!x || !y) return CC_BAD_POINTER;
  if (!cc_dtype_bytes(from) || !cc_dtype_bytes(to)) return CC_UNSUPPORTED;
  cast_job job = {.from = from, .to = to, .count = count, .tasks = cc_task_count(count, GRAIN), .x = x, .y = y};
  cc_parallel(job.tasks, cast_part, &job);
  return CC_OK;
}

cc_status cc_fill(cc_dtype dtype, size_t count, double value, void *y) {
  if (!y) return CC_BAD_POINTER;
  if (!cc_dtype_bytes(dtype)) return CC_UNSUPPORTED;
  cast_job job = {.to = dtype, .count = count, .tasks = cc_task_count(count, GRAIN), .y = y, .value = value};
  cc_parallel(job.tasks, fill_part, &job);
  return CC_OK;
}

cc_status cc_ramp(size_t count, double start, double step, double *y) {
  if (count > 0 && !y) return CC_BAD_POINTER;
  for (size_t i = 0; i < count; i++) y[i] = start + (double)i * step;
  return CC_OK;
}
