// Elements chosen by an array of indices, and the sums that are the adjoint of the choice.
#include "layout.h"
#include "parallel.h"
#include <stdatomic.h>
#include <string.h>

enum { GRAIN = 1 << 15 };  // elements of one task

typedef struct {
  const cc_gather_shape *shape;
  const int64_t *indices;
  cc_dtype dtype;
  size_t bytes, units, tasks;  // bytes of an element
  const char *x;
  char *y;
  atomic_bool out_of_range;
} job;

// The index of (o, k, i), counted from the front; the axis's size if there is no such element.
static size_t index_of(job *j, size_t o, size_t k, size_t i) {
  const cc_gather_shape *s = j->shape;
  int64_t index = j->indices[o * s->index_strides[0] + k * s->index_strides[1] + i * s->index_strides[2]];
  if (index < 0) index += (int64_t)s->size;
  if (index >= 0 && index < (int64_t)s->size) return (size_t)index;
  atomic_store_explicit(&j->out_of_range, true, memory_order_relaxed);
  return s->size;
}

// A unit is one (o, k): a row of `inner` elements of y.
static void gather_rows(void *context, size_t task) {
  job *j = context;
  const cc_gather_shape *s = j->shape;
  cc_span units = cc_split(j->units, task, j->tasks);
  bool whole_rows = s->index_strides[2] == 0;
  for (size_t unit = units.begin; unit < units.end; unit++) {
    size_t o = unit / s->count, k = unit % s->count, run = whole_rows ? s->inner : 1;
    for (size_t i = 0; i < s->inner; i += run) {
      size_t from = index_of(j, o, k, i);
      if (from == s->size) return;
      memcpy(j->y + (unit * s->inner + i) * j->bytes, j->x + ((o * s->size + from) * s->inner + i) * j->bytes,
             run * j->bytes);
    }
  }
}

// A unit is one (o, i): a column of y, so that nobody else adds to the same elements, always in order of k.
#define ADD_COLUMNS(TYPE, ARITHMETIC) \
  for (size_t unit = units.begin; unit < units.end; unit++) { \
    size_t o = unit / s->inner, i = unit % s->inner; \
    for (size_t k = 0; k < s->count; k++) { \
      size_t to = index_of(j, o, k, i); \
      if (to == s->size) return; \
      TYPE *sum = (TYPE *)j->y + (o * s->size + to) * s->inner + i; \
      *sum = (TYPE)((ARITHMETIC)*sum + (ARITHMETIC)((const TYPE *)j->x)[(o * s->count + k) * s->inner + i]); \
    } \
  } \
  break;

static void add_columns(void *context, size_t task) {
  job *j = context;
  const cc_gather_shape *s = j->shape;
  cc_span units = cc_split(j->units, task, j->tasks);
  switch (j->dtype) {
  case CC_FLOAT32: ADD_COLUMNS(float, float)
  case CC_FLOAT64: ADD_COLUMNS(double, double)
  case CC_INT32: ADD_COLUMNS(int32_t, uint32_t)
  case CC_INT64: ADD_COLUMNS(int64_t, uint64_t)
  case CC_UINT8: ADD_COLUMNS(uint8_t, uint8_t)
  case CC_COMPLEX64: ADD_COLUMNS(float _Complex, float _Complex)
  case CC_COMPLEX128: ADD_COLUMNS(double _Complex, double _Complex)
  case CC_BOOL: break;
  }
}

static cc_status run(job j, size_t units, size_t elements_of_unit, cc_task body) {
  if (units == 0 || elements_of_unit == 0) return CC_OK;
  if (!j.indices || !j.x || !j.y) return CC_BAD_POINTER;
  j.units = units;
  j.tasks = cc_task_count(units * elements_of_unit, GRAIN);
  if (j.tasks > units) j.tasks = units;
  cc_parallel(j.tasks, body, &j);
  return atomic_load(&j.out_of_range) ? CC_BAD_INDEX : CC_OK;
}

cc_status cc_gather(const cc_gather_shape *shape, size_t element_bytes, const int64_t *indices, const void *x, void *y) {
  if (!shape) return CC_BAD_POINTER;
  if (shape->size == 0 && shape->outer * shape->count * shape->inner > 0) return CC_BAD_INDEX;
  return run((job){.shape = shape, .indices = indices, .bytes = element_bytes, .x = x, .y = y}, shape->outer * shape->count,
             shape->inner, gather_rows);
}

cc_status cc_scatter_add(const cc_gather_shape *shape, cc_dtype dtype, const int64_t *indices, const void *x, void *y) {
  if (!shape) return CC_BAD_POINTER;
  if (dtype == CC_BOOL || cc_dtype_bytes(dtype) == 0) return CC_UNSUPPORTED;
  if (shape->size == 0 && shape->outer * shape->count * shape->inner > 0) return CC_BAD_INDEX;
  return run((job){.shape = shape, .indices = indices, .dtype = dtype, .x = x, .y = y}, shape->outer * shape->inner,
             shape->count, add_columns);
}
