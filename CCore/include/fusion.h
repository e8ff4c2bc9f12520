// A convolution with what follows it, in one pass: each way in the interleaved layout, forward in row-major. float32.
#pragma once
#include "conv.h"
#include "elementwise.h"
#include "pool.h"

typedef enum { CC_NO_POOLING, CC_MAX_POOLING, CC_AVERAGE_POOLING } cc_pooling;

/// result = pooled_activation(pooling(activation(convolution))).
///
/// A ReLU before a max pooling is better left to the pool (`rectifies`), which then needs no activated values.
typedef struct {
  cc_unary_op activation;  // CC_IDENTITY, or one whose derivative follows from its result
  cc_pooling pooling;
  cc_pool_shape pool;      // of the activated values; ignored without pooling
  cc_unary_op pooled_activation;  // as `activation`; CC_IDENTITY without pooling
} cc_conv_epilogue;

/// Whether cc_conv_forward_fused can run, which depends on the algorithm of the plan. Direct sums (interleaved): any activation
/// and, with pooling, windows without padding that do not overlap vertically (and hold every pixel, if there is an
/// activation) and rows narrow enough for its scratch. Winograd's algorithm: ReLU, or 2 × 2 max pooling. Row-major images with
/// few channels: any activation.
bool cc_conv_forward_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue);

/// These operations, bit for bit as one after the other; the convolution is never stored.
///
/// activated: the result before pooling, which the gradient needs if there is an activation; NULL if it is not wanted
/// or there is no pooling. winner: as in cc_max_pool_forward. The other buffers as in cc_conv_forward. CC_UNSUPPORTED if it
/// does not fuse.
cc_status cc_conv_forward_fused(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue, const void *x,
                                const void *weights, const void *bias, void *activated, void *y, uint16_t *winner,
                                void *workspace);

/// The gradient with respect to a fused result, and what is needed to take it back to the convolution's.
typedef struct {
  cc_conv_epilogue epilogue;
  const void *dy;
  const void *activated;    // if there is an activation: its result
  const uint16_t *winner;   // of a max pooling
  const void *pooled;       // if there is an activation after it: its result
} cc_conv_gradient;

/// Whether cc_conv_backward can take this epilogue back in its own pass: what it expands must fit the second-level cache.
bool cc_conv_backward_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue);

/// All gradients of a convolution, of which any may be NULL: not wanted. The other buffers as in conv.h.
///
/// With {CC_IDENTITY, CC_NO_POOLING}, which always fuses, any layout and dtype. CC_UNSUPPORTED if it does not fuse.
cc_status cc_conv_backward(const cc_conv_plan *plan, const cc_conv_gradient *gradient, const void *x, const void *weights,
                           void *dx, void *dw, void *dbias, void *workspace);
