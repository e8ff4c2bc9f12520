// Operations that are one pass together. Interleaved layout, float32.
#pragma once
#include "conv.h"
#include "pool.h"

/// Whether cc_conv_max_pool_forward can run: an interleaved plan, a pool of the convolution's output without padding,
/// windows that do not overlap vertically, and rows narrow enough for its scratch.
bool cc_conv_max_pool_fuses(const cc_conv_plan *plan, const cc_pool_shape *pool);

/// y = max-pool(convolution(x)), bit for bit as the two operations one after the other; the convolution is never stored.
///
/// y and winner: as in cc_max_pool_forward; the other buffers as in cc_conv_forward. CC_UNSUPPORTED if it does not fuse.
cc_status cc_conv_max_pool_forward(const cc_conv_plan *plan, const cc_pool_shape *pool, const void *x,
                                   const void *weights, const void *bias, void *y, uint16_t *winner, void *workspace);
