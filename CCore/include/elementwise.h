// Operations element by element, and reductions.
#pragma once
#include "ccore.h"

typedef enum {
  CC_IDENTITY, CC_NEGATE, CC_ABSOLUTE, CC_SIGN, CC_SQUARE, CC_SQUARE_ROOT, CC_RECIPROCAL, CC_EXP, CC_LOG, CC_SIN, CC_COS,
  CC_TANH, CC_SIGMOID, CC_RELU, CC_SOFTPLUS,
} cc_unary_op;

/// y[i] = op(x[i]). float32 and float64; negate, absolute, sign and square also for integers. y may be x.
///
/// float32 exp, log, tanh and sigmoid are vectorised, at most 4 ULP (tanh: 5) from the exact value for normal results;
/// exp overflows to ∞ and underflows to 0; log(0) = −∞, log(negative) = NaN; NaN stays NaN.
cc_status cc_unary(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, void *y);

/// dx[i] = dy[i] · op′(x[i]), computed from x and y = op(x), both always given. float32 and float64. dx may be dy.
///
/// relu′(0) = 0, absolute′(0) = 0, sign′ = 0.
cc_status cc_unary_gradient(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, const void *y,
                            const void *dy, void *dx);

typedef enum {
  CC_ADD, CC_SUBTRACT, CC_MULTIPLY, CC_DIVIDE, CC_POWER, CC_MAXIMUM, CC_MINIMUM,  // result: the operands' dtype
  CC_EQUAL, CC_NOT_EQUAL, CC_LESS, CC_LESS_EQUAL, CC_GREATER, CC_GREATER_EQUAL,   // result: bool
} cc_binary_op;

/// y = op(a, b) with broadcasting: y is contiguous of `shape`; a and b are read with strides in elements, 0 where they
/// are broadcast. All dtypes but bool for arithmetic, all for comparisons; integer division truncates and x / 0 = 0;
/// integer arithmetic wraps. y may be a (or b) where that operand is contiguous and not broadcast.
///
/// Maximum and minimum: NaN if either is NaN.
cc_status cc_binary(cc_binary_op op, cc_dtype dtype, int32_t rank, const size_t *shape, const ptrdiff_t *a_strides,
                    const ptrdiff_t *b_strides, const void *a, const void *b, void *y);

/// y[i] = scale · x[i] + offset, float32 and float64; y may be x.
cc_status cc_scale(cc_dtype dtype, size_t count, double scale, double offset, const void *x, void *y);

/// y[i] += scale · x[i], float32 and float64.
cc_status cc_accumulate(cc_dtype dtype, size_t count, double scale, const void *x, void *y);

/// y[i] = condition[i] ? a[i] : b[i]; all contiguous, condition: one byte each.
cc_status cc_select(cc_dtype dtype, size_t count, const uint8_t *condition, const void *a, const void *b, void *y);

typedef enum { CC_SUM, CC_PRODUCT, CC_MAX, CC_MIN, CC_ARGMAX, CC_ARGMIN } cc_reduce_op;

/// Reduces the middle axis: x: outer × reduced × inner -> y: outer × inner.
///
/// Sums of float32 are accumulated in double, in an order that does not depend on the number of threads; integer sums wrap.
/// Max, min: NaN if any element is NaN. Argmax, argmin: int32 index of the first such element (of the first NaN if there
/// is one). reduced = 0: sum gives 0, product 1, the others CC_BAD_SHAPE.
/// bool: CC_MAX is any, CC_MIN is all, CC_SUM is not available.
cc_status cc_reduce(cc_reduce_op op, cc_dtype dtype, size_t outer, size_t reduced, size_t inner, const void *x,
                    void *y);
