// The parameter updates of ../optimizer_rules.h on vectors.
#pragma once
#include "kernels.h"
#include "vector.h"

// Weights were read by every thread since they were written: the right to write a line must come from the other cores first.
enum { AHEAD = 64 };

#define real v16
#define square_root __builtin_elementwise_sqrt
#define larger(x, y) select16((x) > (y), x, y)

#define OPTIMIZER(RULE, STATES, STATEMENTS) \
  static void optimizer_##RULE(const cc_optimizer_factors *factors, size_t count, const float *gradient, float *weights, \
                               float *const *state) { \
    const cc_optimizer_factors copy = *factors, *s = &copy; /* which no store can change */ \
    float *as = state[0], *bs = state[1], *cs = state[2]; \
    for (size_t i = 0; i < count; i += 16) { \
      size_t lanes = lanes_left(count, i); \
      __builtin_prefetch(weights + i + AHEAD, 1); \
      v16 w = load_lanes(weights + i, lanes), a, b, c; \
      v16 g = load_lanes(gradient + i, lanes) + s->weight_decay * w; \
      w *= s->shrink; \
      if (STATES > 0) a = load_lanes(as + i, lanes); \
      if (STATES > 1) b = load_lanes(bs + i, lanes); \
      if (STATES > 2) c = load_lanes(cs + i, lanes); \
      STATEMENTS \
      if (STATES > 0) store_lanes(as + i, a, lanes); \
      if (STATES > 1) store_lanes(bs + i, b, lanes); \
      if (STATES > 2) store_lanes(cs + i, c, lanes); \
      store_lanes(weights + i, w, lanes); \
    } \
  }
CC_OPTIMIZER_RULES(OPTIMIZER)
#undef OPTIMIZER
#undef real
#undef square_root
#undef larger

#define OPTIMIZER_ENTRY(RULE, STATES, STATEMENTS) [RULE] = optimizer_##RULE,
#define OPTIMIZER_KERNELS {CC_OPTIMIZER_RULES(OPTIMIZER_ENTRY)}
