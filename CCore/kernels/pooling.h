// Pooling of interleaved planes: a lane is an image, so a window is a loop over vectors.
//
// TILE = 2 is the compile-time case "2 × 2 windows, stride 2, no padding"; TILE = 0 is any shape.
#pragma once
#include "geometry.h"
#include "kernels.h"
#include "vector.h"

INLINE cc_window pool_window(const cc_pool_shape *s, int64_t row, int64_t column, const int TILE) {
  if (!TILE) return cc_window_at(s, row, column);
  return (cc_window){row * TILE, column * TILE, {0, TILE}, {0, TILE}};
}

// max(x, 0), and NaN stays one.
INLINE v16 rectify(v16 x) { return select16(x <= splat(0), splat(0), x); }

// The largest element and its position in the window. PyTorch's rule: a larger element wins, and so does NaN. `rectifies`:
// as in cc_pool_shape.
INLINE v16 pool_largest(const float *x, int64_t in_width, cc_window w, int64_t kernel_width, bool rectifies, i16 *winner) {
  v16 best = load(x + ((w.top + w.rows.begin) * in_width + w.left + w.columns.begin) * 16);
  i16 at = splat_int((int32_t)(w.rows.begin * kernel_width + w.columns.begin));
  for (int64_t i = w.rows.begin; i < w.rows.end; i++)
    for (int64_t j = w.columns.begin; j < w.columns.end; j++) {
      v16 value = load(x + ((w.top + i) * in_width + w.left + j) * 16);
      i16 wins = (value > best) | (value != value);
      best = select16(wins, value, best);
      at = (wins & splat_int((int32_t)(i * kernel_width + j))) | (~wins & at);
    }
  i16 dead = (best <= splat(0)) & splat_int(rectifies ? -1 : 0);
  *winner = at | (dead & CC_NO_WINNER);
  return select16(dead, splat(0), best);
}

// The part of a mean that each pixel has in a window that is whole.
INLINE float whole_share(const cc_pool_shape *s) {
  return 1 / (s->divisor ? (float)s->divisor : (float)s->kernel_height * s->kernel_width);
}

INLINE float window_share(const cc_pool_planes *p, const cc_window *w, float whole_share) {
  return p->whole ? whole_share : 1 / (float)cc_window_divisor(&p->shape, w);
}

INLINE v16 pool_sum(const float *x, int64_t in_width, cc_window w) {
  v16 sum = splat(0);
  for (int64_t i = w.rows.begin; i < w.rows.end; i++)
    for (int64_t j = w.columns.begin; j < w.columns.end; j++)
      sum += load(x + ((w.top + i) * in_width + w.left + j) * 16);
  return sum;
}

INLINE void pool_forward(const cc_pool_planes *p, size_t planes, const float *x, float *y, uint16_t *winner,
                         const bool MAX, const int TILE) {
  const cc_pool_shape *s = &p->shape;
  const int64_t in_width = s->in_width, kernel_width = TILE ? TILE : s->kernel_width;
  const float share = whole_share(s);
  for (size_t plane = 0; plane < planes; plane++, x += (size_t)s->in_height * in_width * 16)
    for (int64_t row = 0; row < p->out_height; row++)
      for (int64_t column = 0; column < p->out_width; column++, y += 16) {
        cc_window w = pool_window(s, row, column, TILE);
        if (!MAX) {
          store(y, pool_sum(x, in_width, w) * window_share(p, &w, share));
          continue;
        }
        i16 at;
        store(y, pool_largest(x, in_width, w, kernel_width, s->rectifies, &at));
        if (!winner) continue;
        *(u16x16_unaligned *)winner = __builtin_convertvector(at, u16x16);
        winner += 16;
      }
}

// DISJOINT: windows do not overlap, so gradients are stored; otherwise they are added to dx, which starts at zero.
INLINE void pool_backward(const cc_pool_planes *p, size_t planes, const uint16_t *winner, const float *dy, float *dx,
                          const bool MAX, const int TILE, const bool DISJOINT) {
  const cc_pool_shape *s = &p->shape;
  const int64_t in_width = s->in_width, kernel_width = TILE ? TILE : s->kernel_width;
  const float share = whole_share(s);
  const size_t in_plane = (size_t)s->in_height * in_width * 16;
  for (size_t plane = 0; plane < planes; plane++, dx += in_plane) {
    if (!p->covered) memset(dx, 0, in_plane * sizeof(float));
    for (int64_t row = 0; row < p->out_height; row++)
      for (int64_t column = 0; column < p->out_width; column++, dy += 16) {
        cc_window w = pool_window(s, row, column, TILE);
        v16 gradient = load(dy);
        i16 at = splat_int(0);
        if (MAX) {
          at = __builtin_convertvector(*(const u16x16_unaligned *)winner, i16);
          winner += 16;
        } else {
          gradient *= window_share(p, &w, share);
        }
        for (int64_t i = w.rows.begin; i < w.rows.end; i++)
          for (int64_t j = w.columns.begin; j < w.columns.end; j++) {
            float *pixel = dx + ((w.top + i) * in_width + w.left + j) * 16;
            v16 part = gradient;
            if (MAX) part = select16(at == splat_int((int32_t)(i * kernel_width + j)), gradient, splat(0));
            store(pixel, DISJOINT ? part : load(pixel) + part);
          }
      }
  }
}

INLINE bool pool_is_2x2(const cc_pool_planes *p) {
  const cc_pool_shape *s = &p->shape;
  return p->whole && s->kernel_height == 2 && s->kernel_width == 2 && s->stride_height == 2 && s->stride_width == 2;
}

static void max_pool_forward(const cc_pool_planes *p, size_t planes, const float *x, float *y, uint16_t *winner) {
  if (pool_is_2x2(p)) pool_forward(p, planes, x, y, winner, true, 2);
  else pool_forward(p, planes, x, y, winner, true, 0);
}

static void average_pool_forward(const cc_pool_planes *p, size_t planes, const float *x, float *y) {
  if (pool_is_2x2(p)) pool_forward(p, planes, x, y, NULL, false, 2);
  else pool_forward(p, planes, x, y, NULL, false, 0);
}

static void max_pool_backward(const cc_pool_planes *p, size_t planes, const uint16_t *winner, const float *dy, float *dx) {
  if (pool_is_2x2(p)) pool_backward(p, planes, winner, dy, dx, true, 2, true);
  else if (p->disjoint) pool_backward(p, planes, winner, dy, dx, true, 0, true);
  else pool_backward(p, planes, winner, dy, dx, true, 0, false);
}

static void average_pool_backward(const cc_pool_planes *p, size_t planes, const float *dy, float *dx) {
  if (pool_is_2x2(p)) pool_backward(p, planes, NULL, dy, dx, false, 2, true);
  else if (p->disjoint) pool_backward(p, planes, NULL, dy, dx, false, 0, true);
  else pool_backward(p, planes, NULL, dy, dx, false, 0, false);
}
