// Parameter updates: one pass over memory for all parameters that share their settings. float32 and float64.
#pragma once
#include "ccore.h"

typedef enum {
  CC_GRADIENT_DESCENT,
  CC_MOMENTUM,            // state: velocity
  CC_ADADELTA,            // state: mean squared gradient, mean squared update
  CC_ADAM,                // state: first moment, second moment
  CC_AMSGRAD,             // state: first moment, second moment, largest second moment
  CC_RMSPROP,             // state: mean squared gradient
  CC_RMSPROP_MOMENTUM,    // state: mean squared gradient, velocity
  CC_RMSPROP_CENTERED,    // state: mean squared gradient, velocity, mean gradient
} cc_optimizer_rule;

enum { CC_OPTIMIZER_MOST_STATES = 3 };

/// The formulas are PyTorch's; they stand in optimizer_rules.h. A rule reads the settings that it names and no others.
typedef struct {
  cc_optimizer_rule rule;
  double learning_rate;
  double weight_decay;
  bool decoupled;          // the weights shrink by learning_rate · weight_decay; otherwise weight_decay · w joins the gradient
  double momentum, dampening;
  bool nesterov;
  double decay;            // Adam's β₁, Adadelta's ρ, RMSprop's α
  double second_decay;     // Adam's β₂
  double epsilon;
} cc_optimizer_settings;

typedef struct {
  cc_dtype dtype;
  size_t count;
  int64_t step;            // 1 at a parameter's first update
  const void *gradient;
  void *weights;
  void *state[CC_OPTIMIZER_MOST_STATES];  // `count` elements each, zero before the first update
} cc_optimizer_parameter;

/// Arrays that a rule keeps for each parameter.
int32_t cc_optimizer_state_count(cc_optimizer_rule rule);

/// Updates the weights and the state of `count` parameters.
cc_status cc_optimizer_step(const cc_optimizer_settings *settings, size_t count, const cc_optimizer_parameter *parameters);
