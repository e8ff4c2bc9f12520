// Loops over float32 elements: the formulas of ../formulas.h on vectors.
#pragma once
#include "../formulas.h"
#include "kernels.h"
#include "math.h"

#define choose select16
#define constant splat
#define fn(name) name##16

#define UNARY(OP, FORMULA) \
  static void unary_##OP(size_t count, const void *from, void *to) { \
    const float *xs = from; \
    float *ys = to; \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      v16 x = load_lanes(xs + i, lanes); \
      store_lanes(ys + i, FORMULA, lanes); \
    } \
  }
CC_UNARY_FORMULAS(UNARY)
#undef UNARY

#define UNARY_GRADIENT(OP, FORMULA) \
  static void unary_gradient_##OP(size_t count, const void *from, const void *result, const void *gradient, void *to) { \
    const float *xs = from, *ys = result, *dys = gradient; \
    float *dxs = to; \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      v16 x = load_lanes(xs + i, lanes), y = load_lanes(ys + i, lanes), dy = load_lanes(dys + i, lanes); \
      (void)x, (void)y, (void)dy; \
      store_lanes(dxs + i, FORMULA, lanes); \
    } \
  }
CC_UNARY_GRADIENT_FORMULAS(UNARY_GRADIENT)
#undef UNARY_GRADIENT

INLINE v16 load_strided(const float *p, size_t i, ptrdiff_t stride, size_t lanes) {
  if (stride == 1) return load_lanes(p + i, lanes);
  if (stride == 0) return splat(*p);
  float lane[16] = {0};
  for (size_t j = 0; j < lanes; j++) lane[j] = p[(ptrdiff_t)(i + j) * stride];
  return load(lane);
}

INLINE void store_result(float *p, v16 x, size_t lanes) { store_lanes(p, x, lanes); }
INLINE void store_truth(uint8_t *p, i16 mask, size_t lanes) {
  u8x16 truth = __builtin_convertvector(mask & 1, u8x16);
  memcpy(p, &truth, lanes == 16 ? 16 : lanes);
}

// The usual strides as constants: a loop of its own for each.
#define BINARY(OP, TO, STORE, FORMULA) \
  INLINE void binary_loop_##OP(size_t count, const float *as, ptrdiff_t a_stride, const float *bs, ptrdiff_t b_stride, TO *y) { \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      v16 a = load_strided(as, i, a_stride, lanes), b = load_strided(bs, i, b_stride, lanes); \
      STORE(y + i, FORMULA, lanes); \
    } \
  } \
  static void binary_##OP(size_t count, const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride, void *y) { \
    if (a_stride == 1 && b_stride == 1) binary_loop_##OP(count, a, 1, b, 1, y); \
    else if (a_stride == 1 && b_stride == 0) binary_loop_##OP(count, a, 1, b, 0, y); \
    else if (a_stride == 0 && b_stride == 1) binary_loop_##OP(count, a, 0, b, 1, y); \
    else binary_loop_##OP(count, a, a_stride, b, b_stride, y); \
  }
#define ARITHMETIC(OP, FORMULA) BINARY(OP, float, store_result, FORMULA)
#define COMPARISON(OP, FORMULA) BINARY(OP, uint8_t, store_truth, FORMULA)
CC_FLOAT_ARITHMETIC_FORMULAS(ARITHMETIC)
CC_COMPARISON_FORMULAS(COMPARISON)
#undef COMPARISON
#undef ARITHMETIC
#undef BINARY

static void scale(size_t count, float factor, float offset, const float *x, float *y) {
  for (size_t i = 0; i < count; i += 16) {
    size_t lanes = lanes_left(count, i);
    store_lanes(y + i, load_lanes(x + i, lanes) * factor + offset, lanes);
  }
}

static void accumulate(size_t count, float factor, const float *x, float *y) {
  for (size_t i = 0; i < count; i += 16) {
    size_t lanes = lanes_left(count, i);
    store_lanes(y + i, load_lanes(y + i, lanes) + factor * load_lanes(x + i, lanes), lanes);
  }
}

#undef choose
#undef constant
#undef fn

#define UNARY_ENTRY(OP, FORMULA) [OP] = unary_##OP,
#define UNARY_GRADIENT_ENTRY(OP, FORMULA) [OP] = unary_gradient_##OP,
#define BINARY_ENTRY(OP, FORMULA) [OP] = binary_##OP,
#define ELEMENTWISE_KERNELS \
  { \
    {CC_UNARY_FORMULAS(UNARY_ENTRY)}, {CC_UNARY_GRADIENT_FORMULAS(UNARY_GRADIENT_ENTRY)}, \
        {CC_FLOAT_ARITHMETIC_FORMULAS(BINARY_ENTRY) CC_COMPARISON_FORMULAS(BINARY_ENTRY)}, scale, accumulate \
  }
