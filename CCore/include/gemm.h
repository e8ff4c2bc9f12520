// Matrix products: the general one, and the three of a fully connected layer in either layout.
#pragma once
#include "ccore.h"

/// c = a·b, or c += a·b if accumulate. Floats and complex numbers, row-major; transposed means not conjugated.
///
/// a: m × k with lda ≥ k elements between rows, or k × m (lda ≥ m) if transpose_a. b: k × n (ldb ≥ n), or n × k
/// (ldb ≥ k) if transpose_b. c: m × n, ldc ≥ n. A size of 0 is allowed: k = 0 gives zeros (or leaves c).
/// The order in which an element is summed follows from the shape: results do not depend on the number of threads.
cc_status cc_gemm(cc_dtype dtype, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const void *a,
                  size_t lda, const void *b, size_t ldb, bool accumulate, void *c, size_t ldc);

/// A fully connected layer's sizes. x: batch × inputs, y: batch × outputs; weights: outputs × inputs, row-major, as in
/// PyTorch. float32 in both layouts, and from row-major x to interleaved y, which reads every operand as it lies; float64
/// row-major.
typedef struct {
  int32_t batch, inputs, outputs;
} cc_linear_shape;

/// y = x · weightsᵀ + bias (bias: outputs, or NULL).
cc_status cc_linear_forward(const cc_linear_shape *shape, cc_dtype dtype, cc_layout x_layout, cc_layout y_layout, const void *x,
                            const void *weights, const void *bias, void *y);

/// dx = dy · weights, overwritten. layout: of both.
cc_status cc_linear_backward_data(const cc_linear_shape *shape, cc_dtype dtype, cc_layout layout, const void *dy,
                                  const void *weights, void *dx);

/// dw = dyᵀ · x and dbias = Σ over the batch of dy (dbias may be NULL), overwritten.
/// Interleaved: lanes of dy past the batch must be zero, those of x finite.
cc_status cc_linear_backward_weights(const cc_linear_shape *shape, cc_dtype dtype, cc_layout x_layout, cc_layout dy_layout,
                                     const void *x, const void *dy, void *dw, void *dbias);
