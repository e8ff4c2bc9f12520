// Along one axis: running sums and products, and sorting. And counting in bins.
#include "elementwise.h"
#include "buffer.h"
#include "parallel.h"
#include <complex.h>
#include <stdatomic.h>
#include <string.h>

enum { GRAIN = 16384 };  // elements of one task

typedef struct {
  cc_reduce_op op;
  cc_dtype dtype;
  bool exclusive, reversed;  // reversed: of the scan, or descending order
  size_t outer, count, inner, columns_per_task;
  const void *x;
  void *y;
  atomic_bool lacks_memory;
} job;

static cc_status run(job *j, cc_task body) {
  size_t columns = j->outer * j->inner;
  if (columns == 0 || j->count == 0) return CC_OK;
  if (!j->x || !j->y) return CC_BAD_POINTER;
  j->columns_per_task = j->count < GRAIN ? GRAIN / j->count : 1;
  cc_parallel(cc_task_count(columns, j->columns_per_task), body, j);
  return atomic_load(&j->lacks_memory) ? CC_NO_MEMORY : CC_OK;
}

// For each (o, i) of a task: `first` is the number of its first element, the others follow at distances of `inner`.
#define EACH_COLUMN(j, task, first) \
  for (size_t column = task * j->columns_per_task, first; \
       column < (task + 1) * j->columns_per_task && column < j->outer * j->inner && \
       (first = column / j->inner * j->count * j->inner + column % j->inner, true); \
       column++)

// ------------------------------------------------------------------------------------------------ scans

#define SCAN(TYPE, WIDE) \
  EACH_COLUMN(j, task, first) { \
    const TYPE *x = (const TYPE *)j->x + first; \
    TYPE *y = (TYPE *)j->y + first; \
    WIDE total = j->op == CC_PRODUCT; \
    for (size_t k = 0; k < j->count; k++) { \
      size_t at = (j->reversed ? j->count - 1 - k : k) * j->inner; \
      WIDE next = j->op == CC_PRODUCT ? total * (WIDE)x[at] : total + (WIDE)x[at]; \
      y[at] = (TYPE)(j->exclusive ? total : next); \
      total = next; \
    } \
  } \
  break;

static void scan_columns(void *context, size_t task) {
  const job *j = context;
  switch (j->dtype) {
  case CC_FLOAT32: SCAN(float, double)
  case CC_FLOAT64: SCAN(double, double)
  case CC_INT32: SCAN(int32_t, uint64_t)
  case CC_INT64: SCAN(int64_t, uint64_t)
  case CC_UINT8: SCAN(uint8_t, uint64_t)
  case CC_COMPLEX64: SCAN(float _Complex, double _Complex)
  case CC_COMPLEX128: SCAN(double _Complex, double _Complex)
  case CC_BOOL: break;
  }
}

cc_status cc_scan(cc_reduce_op op, cc_dtype dtype, bool exclusive, bool reversed, size_t outer, size_t count, size_t inner,
                  const void *x, void *y) {
  if ((op != CC_SUM && op != CC_PRODUCT) || dtype == CC_BOOL || cc_dtype_bytes(dtype) == 0) return CC_UNSUPPORTED;
  job j = {.op = op, .dtype = dtype, .exclusive = exclusive, .reversed = reversed, .outer = outer, .count = count,
           .inner = inner, .x = x, .y = y};
  return run(&j, scan_columns);
}

// ------------------------------------------------------------------------------------------------ order

// Every dtype is sorted by one code: its elements become unsigned integers in the same order, NaN the largest.
typedef struct {
  uint64_t key;
  int32_t index;
} item;

static uint64_t key_of_double(double x) {
  if (x != x) return UINT64_MAX;
  uint64_t bits;
  memcpy(&bits, &x, 8);
  if (bits << 1 == 0) bits = 0;  // −0 is 0
  return bits >> 63 ? ~bits : bits | 1ull << 63;
}
static uint64_t key_of_integer(int64_t x) { return (uint64_t)x ^ 1ull << 63; }

#define KEYS(TYPE, KEY) \
  for (size_t k = 0; k < j->count; k++) \
    items[k] = (item){KEY(((const TYPE *)j->x)[first + k * j->inner]) ^ (j->reversed ? UINT64_MAX : 0), (int32_t)k}; \
  break;

static void fill_items(const job *j, size_t first, item *items) {
  switch (j->dtype) {
  case CC_FLOAT32: KEYS(float, key_of_double)
  case CC_FLOAT64: KEYS(double, key_of_double)
  case CC_INT32: KEYS(int32_t, key_of_integer)
  case CC_INT64: KEYS(int64_t, key_of_integer)
  default: KEYS(uint8_t, key_of_integer)
  }
}

static void insertion_sort(item *items, size_t count) {
  for (size_t i = 1; i < count; i++) {
    item moved = items[i];
    size_t to = i;
    for (; to > 0 && items[to - 1].key > moved.key; to--) items[to] = items[to - 1];
    items[to] = moved;
  }
}

// Merge sort from runs of 16 upwards, which keeps equal elements in order; the result is in the array that is returned.
static item *sorted(item *items, item *other, size_t count) {
  enum { RUN = 16 };
  for (size_t i = 0; i < count; i += RUN) insertion_sort(items + i, count - i < RUN ? count - i : RUN);
  for (size_t run = RUN; run < count; run *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * run) {
      size_t middle = begin + run < count ? begin + run : count, end = middle + run < count ? middle + run : count;
      size_t a = begin, b = middle;
      for (size_t to = begin; to < end; to++)
        other[to] = b == end || (a < middle && items[a].key <= items[b].key) ? items[a++] : items[b++];
    }
    item *swap = items;
    items = other;
    other = swap;
  }
  return items;
}

static void sort_columns(void *context, size_t task) {
  job *j = context;
  size_t bytes = 2 * j->count * sizeof(item);
  item *items = cc_buffer_take(bytes);
  if (!items) {
    atomic_store(&j->lacks_memory, true);
    return;
  }
  EACH_COLUMN(j, task, first) {
    fill_items(j, first, items);
    const item *result = sorted(items, items + j->count, j->count);
    for (size_t k = 0; k < j->count; k++) ((int32_t *)j->y)[first + k * j->inner] = result[k].index;
  }
  cc_buffer_give(items, bytes);
}

cc_status cc_argsort(cc_dtype dtype, bool descending, size_t outer, size_t count, size_t inner, const void *x, int32_t *y) {
  if (dtype == CC_COMPLEX64 || dtype == CC_COMPLEX128 || cc_dtype_bytes(dtype) == 0) return CC_UNSUPPORTED;
  if (count > INT32_MAX) return CC_BAD_SHAPE;
  job j = {.dtype = dtype, .reversed = descending, .outer = outer, .count = count, .inner = inner, .x = x, .y = y};
  return run(&j, sort_columns);
}

// ------------------------------------------------------------------------------------------------ bins

cc_status cc_histogram(size_t count, const double *x, size_t bins, const double *edges, int64_t *counts) {
  if (bins == 0) return CC_BAD_SHAPE;
  if ((count > 0 && !x) || !edges || !counts) return CC_BAD_POINTER;
  memset(counts, 0, bins * sizeof *counts);
  for (size_t i = 0; i < count; i++) {
    if (!(x[i] >= edges[0] && x[i] <= edges[bins])) continue;
    size_t low = 0, high = bins;  // edges[low] ≤ x < edges[high], but x may be the last edge
    while (high - low > 1) {
      size_t middle = low + (high - low) / 2;
      if (x[i] >= edges[middle]) low = middle;
      else high = middle;
    }
    counts[low]++;
  }
  return CC_OK;
}
