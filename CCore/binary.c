// Elementwise operations of two operands with broadcasting.
//
// Dimensions that both operands walk through in one stride are merged, so that most calls end with one or two. A task
// is a range of the result, row by row of the last dimension; a row is one call of the operation's loop.
#include "elementwise.h"
#include "layout.h"
#include "loops.h"

enum { GRAIN = 16384 };  // elements of one task

typedef struct {
  cc_binary_kernel *row;
  size_t bytes, result_bytes;  // of an element
  size_t count;
  int rank;  // at least 1
  size_t shape[CC_MAX_RANK];
  ptrdiff_t a_strides[CC_MAX_RANK], b_strides[CC_MAX_RANK];
  const char *a, *b;
  char *y;
} job;

static void run_range(void *context, size_t task) {
  const job *j = context;
  size_t begin = task * GRAIN, end = begin + GRAIN < j->count ? begin + GRAIN : j->count;
  int last = j->rank - 1;
  while (begin < end) {
    ptrdiff_t a = 0, b = 0;
    size_t rest = begin, column = 0;
    for (int d = last; d >= 0; d--) {
      size_t index = rest % j->shape[d];
      rest /= j->shape[d];
      a += (ptrdiff_t)index * j->a_strides[d];
      b += (ptrdiff_t)index * j->b_strides[d];
      if (d == last) column = index;
    }
    size_t left = j->shape[last] - column, count = left < end - begin ? left : end - begin;
    j->row(count, j->a + a * (ptrdiff_t)j->bytes, j->a_strides[last], j->b + b * (ptrdiff_t)j->bytes, j->b_strides[last],
           j->y + begin * j->result_bytes);
    begin += count;
  }
}

cc_status cc_binary(cc_binary_op op, cc_dtype dtype, int32_t rank, const size_t *shape, const ptrdiff_t *a_strides,
                    const ptrdiff_t *b_strides, const void *a, const void *b, void *y) {
  if (rank < 0 || rank > CC_MAX_RANK) return CC_BAD_SHAPE;
  if (rank > 0 && (!shape || !a_strides || !b_strides)) return CC_BAD_POINTER;
  size_t bytes = cc_dtype_bytes(dtype);
  job j = {.row = cc_binary_loop(op, dtype), .bytes = bytes, .result_bytes = op >= CC_EQUAL ? 1 : bytes, .count = 1, .rank = 1,
           .shape = {1}, .a = a, .b = b, .y = y};
  if (!j.row) return CC_UNSUPPORTED;
  for (int d = 0; d < rank; d++) {
    if (__builtin_mul_overflow(j.count, shape[d], &j.count)) return CC_BAD_SHAPE;
    if (shape[d] == 1) continue;
    int outer = j.rank - 1;
    ptrdiff_t size = (ptrdiff_t)shape[d];
    bool merges = j.a_strides[outer] == a_strides[d] * size && j.b_strides[outer] == b_strides[d] * size;
    if (j.shape[outer] == 1) j.shape[outer] = shape[d];
    else if (merges) j.shape[outer] *= shape[d];
    else j.shape[outer = j.rank++] = shape[d];
    j.a_strides[outer] = a_strides[d];
    j.b_strides[outer] = b_strides[d];
  }
  if (j.count == 0) return CC_OK;
  if (!a || !b || !y) return CC_BAD_POINTER;
  cc_parallel(cc_task_count(j.count, GRAIN), run_range, &j);
  return CC_OK;
}
