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
  if (stride == 2 && CC_REGISTERS >= 8)
    for (; t < count; t += 16) {
      const size_t left = (size_t)(count - t), lanes = left < 16 ? left : 16;  // the last of them is followed by no gap
      const v16 low = load_lanes(from + 2 * t, lanes > 8 ? 16 : 2 * lanes - 1);
      const v16 high = lanes > 8 ? load_lanes(from + 2 * t + 16, 2 * lanes - 17) : splat(0);
      store_lanes(to + t, __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), lanes);
    }
  for (; t < count; t++) to[t] = from[t * stride];
}

// to[t] = row[left + t · stride] where that is inside a row of `width` pixels, else 0.
INLINE void copy_padded(float *to, const float *row, int64_t left, int64_t stride, int64_t count, int64_t width) {
  const cc_range inside = cc_inside(left, stride, count, width);
  for (int64_t t = 0; t < inside.begin; t++) to[t] = 0;
  if (inside.end > inside.begin)
    copy_strided(to + inside.begin, row + left + inside.begin * stride, stride, inside.end - inside.begin);
  for (int64_t t = inside.end; t < count; t++) to[t] = 0;
}

enum { WINDOW_FLOATS = 4096 };

// The pixels of one channel under all taps, with the padding: where the stride is 1, a row of patches is copied from here.
typedef struct {
  size_t channel;         // SIZE_MAX: none yet
  int64_t top, rows, width;
  float pixels[WINDOW_FLOATS + 16];
} patch_window;

// For output pixels [first, first + count).
static void set_window(patch_window *w, const cc_patches *p, size_t first, size_t count) {
  const int64_t width = p->out_width, top = (int64_t)(first / (size_t)width), end = (int64_t)((first + count - 1) / (size_t)width);
  w->channel = SIZE_MAX, w->top = top;
  w->rows = end - top + 1 + (p->kernel_height - 1) * p->dilation_height;
  w->width = width + (p->kernel_width - 1) * p->dilation_width;
  if (p->lanes != 1 || p->stride_height != 1 || p->stride_width != 1 || w->rows > WINDOW_FLOATS / w->width)
    w->rows = 0;  // does not serve
}

static void fill_window(patch_window *w, const cc_patches *p, size_t channel) {
  const float *plane = p->x + channel * p->in_height * p->in_width;
  for (int64_t r = 0; r < w->rows; r++) {
    const int64_t y = w->top + r - p->pad_top;
    const bool exists = y >= 0 && y < p->in_height;
    copy_padded(w->pixels + r * w->width, plane + (exists ? y * p->in_width : 0), -p->pad_left, 1, w->width, exists ? p->in_width : 0);
  }
  w->channel = channel;
}

// The same as patch_row of interleaved images; first and count are multiples of 16.
static void patch_vectors(const cc_patches *p, size_t tap, size_t first, size_t count, float *to) {
  const uint32_t taps = (uint32_t)p->kernel_height * (uint32_t)p->kernel_width, at = (uint32_t)tap % taps;
  const int64_t i = at / (uint32_t)p->kernel_width, j = at % (uint32_t)p->kernel_width;
  const float *plane = p->x + tap / taps * p->in_height * p->in_width * 16;
  int64_t pixels = (int64_t)count / 16, row = (int64_t)first / 16 / p->out_width, column = (int64_t)first / 16 % p->out_width;
  for (int64_t run; pixels > 0; pixels -= run, row++, column = 0) {
    run = p->out_width - column < pixels ? p->out_width - column : pixels;
    const int64_t y = row * p->stride_height + i * p->dilation_height - p->pad_top;
    const int64_t left = column * p->stride_width + j * p->dilation_width - p->pad_left;
    cc_range inside = {0, 0};
    if (y >= 0 && y < p->in_height) inside = cc_inside(left, p->stride_width, run, p->in_width);
    const float *from = plane + (y * p->in_width + left) * 16;
    for (int64_t t = 0; t < run; t++, to += 16)
      store(to, t >= inside.begin && t < inside.end ? load(from + t * p->stride_width * 16) : splat(0));
  }
}

// Columns [first, first + count) of row `tap` of the patches. May overwrite up to 15 floats after them.
static void patch_row(const cc_patches *p, patch_window *w, size_t tap, size_t first, size_t count, float *to) {
  if (p->lanes == 16) {
    patch_vectors(p, tap, first, count, to);
    return;
  }
  const uint32_t taps = (uint32_t)p->kernel_height * (uint32_t)p->kernel_width, at = (uint32_t)tap % taps;
  const int64_t i = at / (uint32_t)p->kernel_width, j = at % (uint32_t)p->kernel_width;
  const float *plane = p->x + tap / taps * p->in_height * p->in_width;
  int64_t row = (int64_t)(first / (size_t)p->out_width), column = (int64_t)(first % (size_t)p->out_width);
  if (w->rows && w->channel != tap / taps) fill_window(w, p, tap / taps);
  for (; count > 0; row++, column = 0) {
    const int64_t run = p->out_width - column < (int64_t)count ? p->out_width - column : (int64_t)count;
    if (w->rows) {
      const float *from = w->pixels + (row - w->top + i * p->dilation_height) * w->width + column + j * p->dilation_width;
      for (int64_t t = 0; t < run; t += 16) store(to + t, load(from + t));
    } else {
      const int64_t y = row * p->stride_height + i * p->dilation_height - p->pad_top;
      const int64_t left = column * p->stride_width + j * p->dilation_width - p->pad_left;
      const bool exists = y >= 0 && y < p->in_height;
      copy_padded(to, plane + (exists ? y * p->in_width : 0), left, p->stride_width, run, exists ? p->in_width : 0);
    }
    to += run, count -= (size_t)run;
  }
}

static void add_strided(size_t count, size_t lanes, size_t stride, const float *x, float *to) {
  if (lanes == 16) {
    for (; count > 0; count--, x += 16, to += stride * 16) store(to, load(to) + load(x));
    return;
  }
  size_t t = 0;
  if (stride == 1)
    for (; t + 16 <= count; t += 16) store(to + t, load(to + t) + load(x + t));
  if (stride == 2)
    for (; t + 16 < count; t += 16) {
      v16 value = load(x + t), low = load(to + 2 * t), high = load(to + 2 * t + 16);
      low += __builtin_shufflevector(value, splat(0), 0, 16, 1, 16, 2, 16, 3, 16, 4, 16, 5, 16, 6, 16, 7, 16);
      high += __builtin_shufflevector(value, splat(0), 8, 16, 9, 16, 10, 16, 11, 16, 12, 16, 13, 16, 14, 16, 15, 16);
      store(to + 2 * t, low), store(to + 2 * t + 16, high);
    }
  for (; t < count; t++) to[t * stride] += x[t];
}
