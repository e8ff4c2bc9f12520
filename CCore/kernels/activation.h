// Loops over float32 elements: the formulas of ../activation_formulas.h on vectors.
#pragma once
#include "../activation_formulas.h"
#include "kernels.h"
#include "math.h"

#define choose select16
#define constant splat
#define fn(name) name##16

#define ACTIVATION(NAME, FORMULA) \
  static void forward_##NAME(size_t count, float p_value, float q_value, const float *xs, float *ys) { \
    const v16 p = splat(p_value), q = splat(q_value); \
    (void)p, (void)q; \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      v16 x = load_lanes(xs + i, lanes); \
      store_lanes(ys + i, FORMULA, lanes); \
    } \
  }
CC_ACTIVATION_FORMULAS(ACTIVATION)
#undef ACTIVATION

#define GRADIENT(NAME, FORMULA) \
  static void backward_##NAME(size_t count, float p_value, float q_value, const float *xs, const float *ys, \
                              const float *dys, float *dxs) { \
    const v16 p = splat(p_value), q = splat(q_value); \
    (void)p, (void)q; \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      v16 x = load_lanes(xs + i, lanes), y = load_lanes(ys + i, lanes), dy = load_lanes(dys + i, lanes); \
      (void)x, (void)y; \
      store_lanes(dxs + i, FORMULA, lanes); \
    } \
  }
CC_ACTIVATION_GRADIENT_FORMULAS(GRADIENT)
#undef GRADIENT

#undef choose
#undef constant
#undef fn

#define FORWARD_ENTRY(NAME, FORMULA) [NAME] = forward_##NAME,
#define BACKWARD_ENTRY(NAME, FORMULA) [NAME] = backward_##NAME,
#define ACTIVATION_KERNELS {{CC_ACTIVATION_FORMULAS(FORWARD_ENTRY)}, {CC_ACTIVATION_GRADIENT_FORMULAS(BACKWARD_ENTRY)}}
