// What each optimizer does to one weight, once for all types: F(rule, number of state arrays, statements).
//
// The statements change the weight w and the state a, b, c by the gradient g and the factors *s. Whoever expands the list
// defines `real` and the functions square_root and larger.
#pragma once

// SGD: Sutskever et al. 2013. Adadelta: Zeiler 2012. Adam: Kingma and Ba 2015; AMSGrad: Reddi et al. 2018.
// RMSprop: Tieleman and Hinton 2012; centered: Graves 2013.
#define CC_OPTIMIZER_RULES(F) \
  F(CC_GRADIENT_DESCENT, 0, w -= s->rate * g;) \
  F(CC_MOMENTUM, 1, a = s->momentum * a + s->share * g; w -= s->rate * (s->gradient_weight * g + s->velocity_weight * a);) \
  F(CC_ADADELTA, 2, a = s->decay * a + s->share * (g * g); \
    real update = square_root(b + s->epsilon) / square_root(a + s->epsilon) * g; \
    b = s->decay * b + s->share * (update * update); w -= s->rate * update;) \
  F(CC_ADAM, 2, a += s->share * (g - a); b = s->second_decay * b + s->second_share * (g * g); \
    w -= s->rate * a / (square_root(b) * s->second_correction + s->epsilon);) \
  F(CC_AMSGRAD, 3, a += s->share * (g - a); b = s->second_decay * b + s->second_share * (g * g); c = larger(b, c); \
    w -= s->rate * a / (square_root(c) * s->second_correction + s->epsilon);) \
  F(CC_RMSPROP, 1, a = s->decay * a + s->share * (g * g); w -= s->rate * g / (square_root(a) + s->epsilon);) \
  F(CC_RMSPROP_MOMENTUM, 2, a = s->decay * a + s->share * (g * g); \
    b = s->momentum * b + g / (square_root(a) + s->epsilon); w -= s->rate * b;) \
  F(CC_RMSPROP_CENTERED, 3, a = s->decay * a + s->share * (g * g); c += s->share * (g - c); \
    b = s->momentum * b + g / (square_root(a - c * c) + s->epsilon); w -= s->rate * b;)

/// The settings of one update as the formulas use them, float or double.
#define CC_OPTIMIZER_FACTORS(NAME, SCALAR) \
  typedef struct { \
    SCALAR rate, weight_decay, shrink; \
    SCALAR momentum, gradient_weight, velocity_weight; \
    SCALAR decay, share, second_decay, second_share, second_correction, epsilon; \
  } NAME;
CC_OPTIMIZER_FACTORS(cc_optimizer_factors, float)
CC_OPTIMIZER_FACTORS(cc_optimizer_factors_double, double)
