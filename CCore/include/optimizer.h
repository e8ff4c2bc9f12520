// Parameter updates, one pass over memory each. float32 and float64.
#pragma once
#include "ccore.h"

typedef struct {
  double learning_rate, momentum, dampening, weight_decay;
  bool nesterov;
  bool first_step;  // the velocity starts as the gradient, not damped (PyTorch's rule)
} cc_sgd_settings;

/// g = gradient + weight_decay · w;  v = momentum · v + (1 − dampening) · g;  w −= learning_rate · (nesterov ? g + momentum · v : v).
///
/// velocity: count elements, read and written; NULL if momentum is 0.
cc_status cc_sgd_update(const cc_sgd_settings *settings, cc_dtype dtype, size_t count, const void *gradient,
                        void *velocity, void *weights);
