// The pooling kernels' place in the table.
#pragma once
#include "pool.h"

/// A pooling of whole planes: in_height × in_width × 16 floats to out_height × out_width × 16.
typedef struct {
  cc_pool_shape shape;
  int32_t out_height, out_width;
  bool disjoint;  // windows do not overlap
  bool covered;   // windows are disjoint and hold every pixel
  bool whole;     // no window holds padding or hangs over
} cc_pool_planes;

/// What a shape means for its planes.
cc_status cc_pool_planes_of(const cc_pool_shape *shape, cc_pool_planes *planes);

typedef struct {
  void (*max_forward)(const cc_pool_planes *p, size_t planes, const float *x, float *y, uint16_t *winner);
  void (*max_backward)(const cc_pool_planes *p, size_t planes, const uint16_t *winner, const float *dy, float *dx);
  void (*average_forward)(const cc_pool_planes *p, size_t planes, const float *x, float *y);
  void (*average_backward)(const cc_pool_planes *p, size_t planes, const float *dy, float *dx);
} cc_pool_kernels;
