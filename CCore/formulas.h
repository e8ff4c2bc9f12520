// What each elementwise operation computes, once for all types: F(operation, formula in x, y, dy or in a, b).
//
// Whoever expands a list defines fn(f), which names the function f of its type (exp16 for vectors, exp for doubles, cexp
// for complex numbers), and for the lists of real numbers choose(condition, a, b) and constant(c).
#pragma once

// ------------------------------------------------------------------------------------------------ one operand

// Functions with a complex derivative: formulas and derivatives hold for real and for complex numbers. The roots in
// derivatives are taken factor by factor, which is what keeps to the principal branches.
#define CC_ANALYTIC_FORMULAS(F) \
  F(CC_IDENTITY, x) \
  F(CC_NEGATE, -x) \
  F(CC_SQUARE, x *x) \
  F(CC_SQUARE_ROOT, fn(sqrt)(x)) \
  F(CC_RECIPROCAL_SQUARE_ROOT, 1.0f / fn(sqrt)(x)) \
  F(CC_RECIPROCAL, 1.0f / x) \
  F(CC_EXP, fn(exp)(x)) \
  F(CC_LOG, fn(log)(x)) \
  F(CC_SIN, fn(sin)(x)) \
  F(CC_COS, fn(cos)(x)) \
  F(CC_TAN, fn(tan)(x)) \
  F(CC_ASIN, fn(asin)(x)) \
  F(CC_ACOS, fn(acos)(x)) \
  F(CC_ATAN, fn(atan)(x)) \
  F(CC_SINH, fn(sinh)(x)) \
  F(CC_COSH, fn(cosh)(x)) \
  F(CC_TANH, fn(tanh)(x)) \
  F(CC_ASINH, fn(asinh)(x)) \
  F(CC_ACOSH, fn(acosh)(x)) \
  F(CC_ATANH, fn(atanh)(x)) \
  F(CC_SIGMOID, fn(sigmoid)(x))

#define CC_ANALYTIC_GRADIENT_FORMULAS(F) \
  F(CC_IDENTITY, dy) \
  F(CC_NEGATE, -dy) \
  F(CC_SQUARE, 2.0f * x * dy) \
  F(CC_SQUARE_ROOT, 0.5f * dy / y) \
  F(CC_RECIPROCAL_SQUARE_ROOT, -0.5f * dy * y * y * y) \
  F(CC_RECIPROCAL, -dy * y * y) \
  F(CC_EXP, dy *y) \
  F(CC_LOG, dy / x) \
  F(CC_SIN, dy *fn(cos)(x)) \
  F(CC_COS, -dy * fn(sin)(x)) \
  F(CC_TAN, dy *(1.0f + y * y)) \
  F(CC_ASIN, dy / (fn(sqrt)(1.0f - x) * fn(sqrt)(1.0f + x))) \
  F(CC_ACOS, -dy / (fn(sqrt)(1.0f - x) * fn(sqrt)(1.0f + x))) \
  F(CC_ATAN, dy / (1.0f + x * x)) \
  F(CC_SINH, dy *fn(cosh)(x)) \
  F(CC_COSH, dy *fn(sinh)(x)) \
  F(CC_TANH, dy *(1.0f - y * y)) \
  F(CC_ASINH, dy / fn(sqrt)(1.0f + x * x)) \
  F(CC_ACOSH, dy / (fn(sqrt)(x - 1.0f) * fn(sqrt)(x + 1.0f))) \
  F(CC_ATANH, dy / (1.0f - x * x)) \
  F(CC_SIGMOID, dy *y *(1.0f - y))

// Functions of real numbers alone.
#define CC_REAL_FORMULAS(F) \
  F(CC_ABSOLUTE, fn(absolute)(x)) \
  F(CC_SIGN, choose(x > 0.0f, constant(1), choose(x < 0.0f, constant(-1), x))) \
  F(CC_FLOOR, fn(floor)(x)) \
  F(CC_CEIL, fn(ceil)(x)) \
  F(CC_ROUND, fn(rint)(x)) \
  F(CC_TRUNCATE, fn(trunc)(x)) \
  F(CC_LOG1P, fn(log1p)(x)) \
  F(CC_EXPM1, fn(expm1)(x)) \
  F(CC_ERF, fn(erf)(x)) \
  F(CC_RELU, choose(x <= 0.0f, constant(0), x)) \
  F(CC_SOFTPLUS, fn(softplus)(x))

#define CC_REAL_GRADIENT_FORMULAS(F) \
  F(CC_ABSOLUTE, choose(x > 0.0f, dy, choose(x < 0.0f, -dy, x * 0.0f))) \
  F(CC_SIGN, constant(0)) \
  F(CC_FLOOR, constant(0)) \
  F(CC_CEIL, constant(0)) \
  F(CC_ROUND, constant(0)) \
  F(CC_TRUNCATE, constant(0)) \
  F(CC_LOG1P, dy / (1.0f + x)) \
  F(CC_EXPM1, dy *(1.0f + y)) \
  F(CC_ERF, dy *constant(1.1283791670955126) * fn(exp)(-x * x)) /* 2/√π */ \
  F(CC_RELU, choose(x > 0.0f, dy, constant(0))) \
  F(CC_SOFTPLUS, dy *fn(sigmoid)(x))

#define CC_UNARY_FORMULAS(F) CC_ANALYTIC_FORMULAS(F) CC_REAL_FORMULAS(F)
// dx from x, y = op(x) and dy.
#define CC_UNARY_GRADIENT_FORMULAS(F) CC_ANALYTIC_GRADIENT_FORMULAS(F) CC_REAL_GRADIENT_FORMULAS(F)

// ------------------------------------------------------------------------------------------------ two operands

#define CC_FIELD_FORMULAS(F) \
  F(CC_ADD, a + b) \
  F(CC_SUBTRACT, a - b) \
  F(CC_MULTIPLY, a *b) \
  F(CC_DIVIDE, a / b) \
  F(CC_POWER, fn(pow)(a, b))

// (a > b) | (a != a): a wins too if it is NaN; if b is, no comparison holds and b wins.
#define CC_ORDERED_FORMULAS(F) \
  F(CC_MAXIMUM, choose((a > b) | (a != a), a, b)) \
  F(CC_MINIMUM, choose((a < b) | (a != a), a, b)) \
  F(CC_REMAINDER, fn(modulo)(a, b)) \
  F(CC_HYPOTENUSE, fn(hypot)(a, b)) \
  F(CC_ARCTANGENT2, fn(atan2)(a, b))

#define CC_FLOAT_ARITHMETIC_FORMULAS(F) CC_FIELD_FORMULAS(F) CC_ORDERED_FORMULAS(F)

#define CC_EQUALITY_FORMULAS(F) \
  F(CC_EQUAL, a == b) \
  F(CC_NOT_EQUAL, a != b)

#define CC_COMPARISON_FORMULAS(F) \
  CC_EQUALITY_FORMULAS(F) \
  F(CC_LESS, a < b) \
  F(CC_LESS_EQUAL, a <= b) \
  F(CC_GREATER, a > b) \
  F(CC_GREATER_EQUAL, a >= b)

/// The remainder that has the sign of the divisor: a − b·⌊a / b⌋.
static inline double cc_modulo(double a, double b) {
  double r = __builtin_fmod(a, b);
  return r == 0 ? __builtin_copysign(0, b) : (r < 0) != (b < 0) ? r + b : r;
}
