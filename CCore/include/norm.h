// Normalisation to mean 0 and variance 1: of each channel over a batch, and of each example over its features.
#pragma once
#include "ccore.h"

/// x: batch × channels × plane, plane = height · width. float32 in both layouts, float64 row-major.
typedef struct {
  int32_t batch, channels;
  size_t plane;
} cc_batch_norm_shape;

/// y = (x − mean) / √(variance + epsilon) · weight + bias, channel by channel; y may be x.
///
/// weight, bias: channels elements of the dtype; NULL for 1 and 0. mean, variance: channels doubles, read if `fixed`, else
/// overwritten with the moments of x (the variance is divided by the count, not by one less).
/// Sums are over one channel in the order of memory: the same for any number of threads.
cc_status cc_batch_norm_forward(const cc_batch_norm_shape *shape, cc_dtype dtype, cc_layout layout, bool fixed,
                                double epsilon, const void *x, const void *weight, const void *bias, double *mean,
                                double *variance, void *y);

/// The gradients with respect to x, weight and bias, overwritten; NULL where not wanted. `fixed`: the moments were given.
///
/// Interleaved: lanes of dy past the batch must be zero, those of x finite.
cc_status cc_batch_norm_backward(const cc_batch_norm_shape *shape, cc_dtype dtype, cc_layout layout, bool fixed,
                                 double epsilon, const void *x, const void *dy, const void *weight, const double *mean,
                                 const double *variance, void *dx, void *dweight, void *dbias);

/// y = (x − mean) / √(variance + epsilon) · weight + bias, row by row with the row's moments; row-major.
///
/// weight, bias: features elements; NULL for 1 and 0. mean, deviation: rows doubles, overwritten; deviation is the root.
cc_status cc_layer_norm_forward(cc_dtype dtype, size_t rows, size_t features, double epsilon, const void *x,
                                const void *weight, const void *bias, double *mean, double *deviation, void *y);

/// The gradients, overwritten; dweight and dbias NULL if not wanted. Rows are added in groups of a size that depends on the
/// shape alone, and the groups in order.
cc_status cc_layer_norm_backward(cc_dtype dtype, size_t rows, size_t features, const void *x, const void *dy,
                                 const void *weight, const double *mean, const double *deviation, void *dx, void *dweight,
                                 void *dbias);
