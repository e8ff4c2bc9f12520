// Convolution and pooling by plain loops with double accumulators: the oracle that the kernels are tested against, and
// what row-major tensors run on. float32 and float64; all buffers row-major, shapes and results as in conv.h and pool.h.
#pragma once
#include "conv.h"
#include "pool.h"

cc_status cc_reference_conv_forward(const cc_conv_shape *shape, cc_dtype dtype, const void *x, const void *weights,
                                    const void *bias, void *y);
cc_status cc_reference_conv_backward_data(const cc_conv_shape *shape, cc_dtype dtype, const void *dy, const void *weights,
                                          void *dx);
cc_status cc_reference_conv_backward_weights(const cc_conv_shape *shape, cc_dtype dtype, const void *x, const void *dy,
                                             void *dw, void *dbias);

cc_status cc_reference_max_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, const void *x, void *y,
                                        uint16_t *winner);
cc_status cc_reference_max_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, const uint16_t *winner,
                                         const void *dy, void *dx);
cc_status cc_reference_average_pool_forward(const cc_pool_shape *shape, cc_dtype dtype, const void *x, void *y);
cc_status cc_reference_average_pool_backward(const cc_pool_shape *shape, cc_dtype dtype, const void *dy, void *dx);
