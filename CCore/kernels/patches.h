// Rows of the matrix of patches (cc_patches), and their way into a packed operand of the matrix product.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "vector.h"

// to[t] = from[t], t < count: overlapping vectors instead of a tail.
INLINE void copy_floats(float *to, const float *from, int64_t count) {
  if (count >= 16) {
    for (int64_t t = 0; t + 16 < count; t += 16) store(to + t, load(from + t));
    store(to + count - 16, load(from + count - 16));
  } else if (count >= 8) {
    v8 first = *(const v8_unaligned *)from, last = *(const v8_unaligned *)(from + count - 8);
    *(v8_unaligned *)to = first;
    *(v8_unaligned *)(to + count - 8) = last;
  } else if (count >= 4) {
    v4 first = *(const v4_unaligned *)from, last = *(const v4_unaligned *)(from + count - 4);
    *(v4_unaligned *)to = first;
    *(v4_unaligned *)(to + count - 4) = last;
  } else {
    for (int64_t t = 0; t < count; t++) to[t] = from[t];
  }
}

// to[t] = from[t · stride], t < count.
INLINE void copy_strided(float *to, const float *from, int64_t stride, int64_t count) {
  int64_t t = 0;
  if (stride == 1) {
    copy_floats(to, from, count);
    return;
  }
  if (stride == 2)
    for (; 2 * t + 32 < 2 * count; t += 16)
      store(to + t, __builtin_shufflevector(load(from + 2 * t), load(from + 2 * t + 16), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                            22, 24, 26, 28, 30));
  for (; t < count; t++) to[t] = from[t * stride];
}

// Output pixels [first, first + count) of row `tap` of the patches.
static void patch_row(const cc_patches *p, size_t tap, size_t first, size_t count, float *to) {
  uint32_t taps = (uint32_t)p->kernel_height * (uint32_t)p->kernel_width, at = (uint32_t)tap % taps;
  int64_t i = at / (uint32_t)p->kernel_width, j = at % (uint32_t)p->kernel_width;
  const float *plane = p->x + tap / taps * p->in_height * p->in_width;
  int64_t row = (int64_t)(first / (size_t)p->out_width), column = (int64_t)(first % (size_t)p->out_width);
  while (count > 0) {
    int64_t run = p->out_width - column < (int64_t)count ? p->out_width - column : (int64_t)count;
    int64_t y = row * p->stride_height + i * p->dilation_height - p->pad_top;
    int64_t left = column * p->stride_width + j * p->dilation_width - p->pad_left;
    cc_range inside = {0, 0};
    if (y >= 0 && y < p->in_height) inside = cc_inside(left, p->stride_width, run, p->in_width);
    for (int64_t t = 0; t < inside.begin; t++) to[t] = 0;
    if (inside.end > inside.begin)
      copy_strided(to + inside.begin, plane + y * p->in_width + left + inside.begin * p->stride_width, p->stride_width,
                   inside.end - inside.begin);
    for (int64_t t = inside.end; t < run; t++) to[t] = 0;
    to += run, count -= (size_t)run, row++, column = 0;
  }
}
