// Softmax and the losses that are computed in one pass with their gradient. float32 and float64, row-major unless a layout is
// given.
#pragma once
#include "ccore.h"

/// y: rows × classes, each row exp(x − max) / Σ; log: log of that instead. y may be x.
cc_status cc_softmax(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *x, void *y);

/// Gradient of cc_softmax from its result y: y ⊙ (dy − ⟨dy, y⟩), or dy − exp(y)·Σdy if log. dx may be dy.
cc_status cc_softmax_gradient(cc_dtype dtype, bool log, size_t rows, size_t classes, const void *y, const void *dy,
                              void *dx);

/// losses[r] = log Σ exp(logits[r]) − logits[r][labels[r]], and gradient = gradient_scale · (softmax − onehot).
///
/// losses: rows elements. logits: rows × classes, in a layout (interleaved: float32). gradient: the same, or NULL. labels: 0 to
/// classes − 1, else CC_BAD_INDEX and undefined results.
cc_status cc_softmax_cross_entropy(cc_dtype dtype, cc_layout layout, size_t rows, size_t classes, const void *logits,
                                   const int32_t *labels, double gradient_scale, void *losses, void *gradient);
