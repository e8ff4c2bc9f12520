// Operations element by element, reductions, scans and sorting.
#pragma once
#include "ccore.h"

typedef enum {
  CC_IDENTITY, CC_NEGATE, CC_SQUARE, CC_SQUARE_ROOT, CC_RECIPROCAL_SQUARE_ROOT, CC_RECIPROCAL, CC_EXP, CC_LOG,
  CC_SIN, CC_COS, CC_TAN, CC_ASIN, CC_ACOS, CC_ATAN, CC_SINH, CC_COSH, CC_TANH, CC_ASINH, CC_ACOSH, CC_ATANH, CC_SIGMOID,
  CC_ABSOLUTE, CC_SIGN, CC_FLOOR, CC_CEIL, CC_ROUND, CC_TRUNCATE, CC_LOG1P, CC_EXPM1, CC_ERF, CC_RELU, CC_SOFTPLUS,
  CC_UNARY_COUNT,
} cc_unary_op;

/// y[i] = op(x[i]). float32 and float64 all; complex numbers identity to sigmoid; integers identity, negate, square,
/// absolute and sign, wrapping. y may be x.
///
/// Round: halves to the even neighbour. Complex functions have C's branch cuts, complex64 is computed in double.
/// float32 exp, expm1, log, tanh, sigmoid and erf are vectorised, at most 4 ULP (tanh and expm1: 6) from the exact value for normal results;
/// exp overflows to ∞ and underflows to 0; log(0) = −∞, log(negative) = NaN; NaN stays NaN.
cc_status cc_unary(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, void *y);

/// dx[i] = dy[i] · op′(x[i]), computed from x and y = op(x), both always given. float32 and float64. dx may be dy.
/// Complex numbers, whose gradients are ∂/∂Re + i · ∂/∂Im: dx[i] = dy[i] · conj(op′(x[i])).
///
/// relu′(0) = 0, absolute′(0) = 0; sign, floor, ceil, round and truncate have the derivative 0.
cc_status cc_unary_gradient(cc_unary_op op, cc_dtype dtype, size_t count, const void *x, const void *y,
                            const void *dy, void *dx);

typedef enum {
  // result: the operands' dtype
  CC_ADD, CC_SUBTRACT, CC_MULTIPLY, CC_DIVIDE, CC_POWER,
  CC_MAXIMUM, CC_MINIMUM, CC_REMAINDER, CC_HYPOTENUSE, CC_ARCTANGENT2, CC_AND, CC_OR, CC_XOR,
  // result: bool
  CC_EQUAL, CC_NOT_EQUAL, CC_LESS, CC_LESS_EQUAL, CC_GREATER, CC_GREATER_EQUAL,
  CC_BINARY_COUNT,
} cc_binary_op;

/// y = op(a, b) with broadcasting: y is contiguous of `shape`; a and b are read with strides in elements, 0 where they
/// are broadcast. Floats: all but and, or, xor. Complex: add to power, equal, not equal. Integers: all but hypotenuse and
/// arctangent; division truncates, x / 0 = 0, and arithmetic wraps. Bool: and, or, xor, comparisons. y may be a (or b)
/// where that operand is contiguous and not broadcast.
///
/// Maximum and minimum: NaN if either is NaN. Remainder: a − b·⌊a / b⌋, with the sign of b. Arctangent2: the angle of
/// (x, y) = (b, a).
cc_status cc_binary(cc_binary_op op, cc_dtype dtype, int32_t rank, const size_t *shape, const ptrdiff_t *a_strides,
                    const ptrdiff_t *b_strides, const void *a, const void *b, void *y);

/// y[i] = scale · x[i] + offset, float32 and float64; y may be x.
cc_status cc_scale(cc_dtype dtype, size_t count, double scale, double offset, const void *x, void *y);

/// y[i] += scale · x[i], floats and complex numbers.
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

/// Running sums or products of the middle axis: y[o][k][i] = op of x[o][0][i] … x[o][k][i], without the last if exclusive
/// (then the first is 0 or 1), from the end if reversed. CC_SUM and CC_PRODUCT, all dtypes but bool.
///
/// Floats are accumulated in double, integers wrap. y may be x.
cc_status cc_scan(cc_reduce_op op, cc_dtype dtype, bool exclusive, bool reversed, size_t outer, size_t count, size_t inner,
                  const void *x, void *y);

/// The order of the middle axis: x[o][y[o][0][i]][i] ≤ x[o][y[o][1][i]][i] ≤ …, or ≥ if descending. All dtypes but complex.
///
/// Equal elements keep their order; NaN is larger than every number. Takes memory from the pool.
cc_status cc_argsort(cc_dtype dtype, bool descending, size_t outer, size_t count, size_t inner, const void *x, int32_t *y);

/// counts[b] = how many x lie in edges[b] ≤ x < edges[b + 1], the last bin with its upper edge; x outside all bins and NaN
/// are not counted. edges: bins + 1, ascending.
cc_status cc_histogram(size_t count, const double *x, size_t bins, const double *edges, int64_t *counts);
