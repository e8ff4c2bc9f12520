// What each activation computes, once for all types: F(activation, formula in x and the parameters p and q), and dx from x,
// y, dy. fn, choose and constant as in formulas.h.
//
// Finite derivatives wherever x is finite: padding lanes of interleaved tensors hold any finite numbers.
#pragma once

#define CC_ACTIVATION_FORMULAS(F) \
  F(CC_LEAKY_RELU, choose(x > 0.0f, x, p *x)) \
  F(CC_ELU, choose(x > 0.0f, x, p *fn(expm1)(x))) \
  F(CC_HARDTANH, choose(x <= p, p, choose(x >= q, q, x))) \
  F(CC_SHARP_SOFTPLUS, choose(p *x > q, x, fn(softplus)(p *x) / p)) \
  F(CC_SILU, x *fn(sigmoid)(x)) \
  F(CC_GELU, 0.5f * x * (1.0f + fn(erf)(x *constant(0.70710678118654752)))) \
  F(CC_GELU_TANH, 0.5f * x * (1.0f + fn(tanh)(CC_GELU_ARGUMENT)))

#define CC_ACTIVATION_GRADIENT_FORMULAS(F) \
  F(CC_LEAKY_RELU, choose(x > 0.0f, dy, p *dy)) \
  F(CC_ELU, choose(x > 0.0f, dy, dy *(y + p))) \
  F(CC_HARDTANH, choose((x > p) & (x < q), dy, constant(0))) \
  F(CC_SHARP_SOFTPLUS, choose(p *x > q, dy, dy *fn(sigmoid)(p *x))) \
  F(CC_SILU, dy *fn(sigmoid)(x) * (1.0f + x * (1.0f - fn(sigmoid)(x)))) \
  F(CC_GELU, dy *(0.5f * (1.0f + fn(erf)(x *constant(0.70710678118654752))) + \
                  x * fn(exp)(-0.5f * x * x) * constant(0.39894228040143268))) /* 1/√(2π) */ \
  F(CC_GELU_TANH, choose(fn(absolute)(x) < 10.0f, dy *0.5f * (1.0f + fn(tanh)(CC_GELU_ARGUMENT)) * \
                             (1.0f + x * (1.0f - fn(tanh)(CC_GELU_ARGUMENT)) * CC_GELU_SLOPE), \
                         choose(x > 0.0f, dy, constant(0))))

// √(2/π)·(x + 0.044715·x³), and its derivative.
#define CC_GELU_ARGUMENT constant(0.79788456080286536) * x * (1.0f + constant(0.044715) * x * x)
#define CC_GELU_SLOPE constant(0.79788456080286536) * (1.0f + constant(0.134145) * x * x)
