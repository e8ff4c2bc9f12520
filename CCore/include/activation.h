// Activation functions with parameters, and those that are formulas of their own. float32 and float64.
#pragma once
#include "ccore.h"

typedef enum {
  CC_LEAKY_RELU,     // x > 0 ? x : p·x
  CC_ELU,            // x > 0 ? x : p·(eˣ − 1)
  CC_HARDTANH,       // x, limited to [p, q]
  CC_SHARP_SOFTPLUS, // log(1 + e^(p·x)) / p, and x where p·x > q
  CC_SILU,           // x·σ(x)
  CC_GELU,           // x·Φ(x), Φ the normal distribution
  CC_GELU_TANH,      // x·½(1 + tanh(√(2/π)·(x + 0.044715·x³)))
  CC_ACTIVATION_COUNT,
} cc_activation;

/// y[i] = activation(x[i]); finite wherever x is. y may be x.
cc_status cc_activation_forward(cc_activation activation, cc_dtype dtype, size_t count, double p, double q, const void *x,
                                void *y);

/// dx[i] = dy[i] · activation′(x[i]), from x and y, both always given. dx may be dy. At a kink the derivative is that of the
/// flatter side (Hardtanh) or of the left one.
cc_status cc_activation_backward(cc_activation activation, cc_dtype dtype, size_t count, double p, double q, const void *x,
                                 const void *y, const void *dy, void *dx);
