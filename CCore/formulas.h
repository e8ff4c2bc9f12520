// What each elementwise operation computes, once for all types: F(operation, formula in x, y, dy or in a, b).
//
// Whoever expands a list defines the functions that the formulas call: choose(condition, a, b), constant(c), absolute,
// square_root, exponential, logarithm, sine, cosine, tangent, sigmoid, softplus, power.
#pragma once

#define CC_UNARY_FORMULAS(F) \
  F(CC_IDENTITY, x) \
  F(CC_NEGATE, -x) \
  F(CC_ABSOLUTE, absolute(x)) \
  F(CC_SIGN, choose(x > 0.0f, constant(1), choose(x < 0.0f, constant(-1), x))) \
  F(CC_SQUARE, x *x) \
  F(CC_SQUARE_ROOT, square_root(x)) \
  F(CC_RECIPROCAL, 1.0f / x) \
  F(CC_EXP, exponential(x)) \
  F(CC_LOG, logarithm(x)) \
  F(CC_SIN, sine(x)) \
  F(CC_COS, cosine(x)) \
  F(CC_TANH, tangent(x)) \
  F(CC_SIGMOID, sigmoid(x)) \
  F(CC_RELU, choose(x <= 0.0f, constant(0), x)) \
  F(CC_SOFTPLUS, softplus(x))

// dx from x, y = op(x) and dy.
#define CC_UNARY_GRADIENT_FORMULAS(F) \
  F(CC_IDENTITY, dy) \
  F(CC_NEGATE, -dy) \
  F(CC_ABSOLUTE, choose(x > 0.0f, dy, choose(x < 0.0f, -dy, x * 0.0f))) \
  F(CC_SIGN, constant(0)) \
  F(CC_SQUARE, 2.0f * x * dy) \
  F(CC_SQUARE_ROOT, 0.5f * dy / y) \
  F(CC_RECIPROCAL, -dy * y * y) \
  F(CC_EXP, dy *y) \
  F(CC_LOG, dy / x) \
  F(CC_SIN, dy *cosine(x)) \
  F(CC_COS, -dy * sine(x)) \
  F(CC_TANH, dy *(1.0f - y * y)) \
  F(CC_SIGMOID, dy *y *(1.0f - y)) \
  F(CC_RELU, choose(x > 0.0f, dy, constant(0))) \
  F(CC_SOFTPLUS, dy *sigmoid(x))

// (a > b) | (a != a): a wins too if it is NaN; if b is, no comparison holds and b wins.
#define CC_FLOAT_ARITHMETIC_FORMULAS(F) \
  F(CC_ADD, a + b) \
  F(CC_SUBTRACT, a - b) \
  F(CC_MULTIPLY, a *b) \
  F(CC_DIVIDE, a / b) \
  F(CC_POWER, power(a, b)) \
  F(CC_MAXIMUM, choose((a > b) | (a != a), a, b)) \
  F(CC_MINIMUM, choose((a < b) | (a != a), a, b))

#define CC_COMPARISON_FORMULAS(F) \
  F(CC_EQUAL, a == b) \
  F(CC_NOT_EQUAL, a != b) \
  F(CC_LESS, a < b) \
  F(CC_LESS_EQUAL, a <= b) \
  F(CC_GREATER, a > b) \
  F(CC_GREATER_EQUAL, a >= b)
