// Which positions of a strided walk stay inside an array: the only place that knows about padding.
#pragma once
#include "pool.h"

typedef struct {
  int64_t begin, end;
} cc_range;

/// The t in [0, count) with 0 ≤ base + t·step < size; step ≥ 1. An empty range has begin = end.
static inline cc_range cc_inside(int64_t base, int64_t step, int64_t count, int64_t size) {
  int64_t begin = base < 0 ? (step - 1 - base) / step : 0;
  int64_t end = base < size ? (size - 1 - base) / step + 1 : 0;
  if (end > count) end = count;
  return (cc_range){begin < end ? begin : end, end};
}

/// A pooling window: its element (i, j) is x[top + i][left + j]; the ranges leave the padding out.
typedef struct {
  int64_t top, left;
  cc_range rows, columns;
} cc_window;

/// How many elements of a window count in a mean, along one axis.
static inline int64_t cc_window_counts(int64_t first, cc_range inside, int64_t kernel, int64_t size, int64_t pad,
                                       bool excludes_padding) {
  if (excludes_padding) return inside.end - inside.begin;
  return size + pad - first < kernel ? size + pad - first : kernel;
}

/// What average pooling divides the sum of a window by.
static inline int64_t cc_window_divisor(const cc_pool_shape *s, const cc_window *w) {
  if (s->divisor) return s->divisor;
  return cc_window_counts(w->top, w->rows, s->kernel_height, s->in_height, s->pad_height, s->excludes_padding) *
         cc_window_counts(w->left, w->columns, s->kernel_width, s->in_width, s->pad_width, s->excludes_padding);
}

/// The window of one output pixel.
static inline cc_window cc_window_at(const cc_pool_shape *s, int64_t out_row, int64_t out_column) {
  int64_t top = out_row * s->stride_height - s->pad_height, left = out_column * s->stride_width - s->pad_width;
  return (cc_window){top, left, cc_inside(top, 1, s->kernel_height, s->in_height),
                     cc_inside(left, 1, s->kernel_width, s->in_width)};
}
