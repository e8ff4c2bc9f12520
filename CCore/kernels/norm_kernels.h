// The normalisation kernels' place in the table.
#pragma once
#include "ccore.h"

/// dx = dy · factor + (x − center) · slope + offset
typedef struct {
  float factor, center, slope, offset;
} cc_norm_gradient;

/// Over `count` contiguous floats; lanes: see norm.h.
typedef struct {
  double (*sum)(size_t count, size_t lanes, const float *x);
  double (*sum_squares)(size_t count, size_t lanes, const float *x, float center);
  double (*sum_products)(size_t count, size_t lanes, const float *x, float center, const float *dy);
  void (*normalize)(size_t count, const float *x, float center, float factor, float offset, float *y);
  void (*normalize_gradient)(size_t count, size_t lanes, const cc_norm_gradient *g, const float *x, const float *dy,
                             float *dx);
  void (*layer_row)(size_t count, const float *x, float center, float factor, const float *weight, const float *bias,
                    float *y);
  /// dweight and dbias, if not NULL, are added to.
  void (*layer_gradient_row)(size_t count, const float *x, const float *dy, float center, float factor,
                             const float *weight, float *dx, float *dweight, float *dbias);
} cc_norm_kernels;
