// Sums and affine maps of runs of floats, of which normalisations are made. `lanes` (1 to 16): how many elements of each
// vector exist, fewer than 16 in the last block of an interleaved batch.
#pragma once
#include "kernels.h"
#include "vector.h"

// All bits in the first `lanes` elements.
INLINE i16 lane_mask(size_t lanes) {
  const i16 number = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return number < splat_int((int32_t)lanes);
}

enum { VALUES, SQUARES, PRODUCTS };

// Σ x, Σ (x − center)² or Σ (x − center) · dy: in float over 64 vectors, in double over these.
INLINE double sum_terms(size_t count, size_t lanes, const float *x, float center, const float *dy, const int TERMS) {
  double total = 0;
  for (size_t i = 0; i < count;) {
    v16 group = splat(0);
    for (size_t end = i + 1024 < count ? i + 1024 : count; i < end; i += 16) {
      size_t left = lanes_left(count, i);
      v16 v = load_lanes(x + i, left);
      i16 exists = lane_mask(left < lanes ? left : lanes);
      if (TERMS != VALUES) v -= center;
      group += select16(exists, TERMS == VALUES ? v : TERMS == SQUARES ? v * v : v * load_lanes(dy + i, left), splat(0));
    }
    total += horizontal_sum(group);
  }
  return total;
}

static double sum_run(size_t count, size_t lanes, const float *x) { return sum_terms(count, lanes, x, 0, NULL, VALUES); }

static double sum_squares(size_t count, size_t lanes, const float *x, float center) {
  return sum_terms(count, lanes, x, center, NULL, SQUARES);
}

static double sum_products(size_t count, size_t lanes, const float *x, float center, const float *dy) {
  return sum_terms(count, lanes, x, center, dy, PRODUCTS);
}

static void normalize_run(size_t count, const float *x, float center, float factor, float offset, float *y) {
  for (size_t i = 0; i < count; i += 16) {
    size_t exist = lanes_left(count, i);
    store_lanes(y + i, (load_lanes(x + i, exist) - center) * factor + offset, exist);
  }
}

static void normalize_gradient(size_t count, size_t lanes, const cc_norm_gradient *g, const float *x, const float *dy,
                               float *dx) {
  const i16 mask = lane_mask(lanes);
  for (size_t i = 0; i < count; i += 16) {
    size_t exist = lanes_left(count, i);
    v16 result = load_lanes(dy + i, exist) * g->factor + (load_lanes(x + i, exist) - g->center) * g->slope + g->offset;
    store_lanes(dx + i, select16(mask, result, splat(0)), exist);
  }
}

INLINE v16 load_or(const float *p, size_t i, size_t lanes, float otherwise) {
  return p ? load_lanes(p + i, lanes) : splat(otherwise);
}

static void layer_norm_row(size_t count, const float *x, float center, float factor, const float *weight, const float *bias,
                           float *y) {
  for (size_t i = 0; i < count; i += 16) {
    size_t exist = lanes_left(count, i);
    v16 normal = (load_lanes(x + i, exist) - center) * factor;
    store_lanes(y + i, normal * load_or(weight, i, exist, 1) + load_or(bias, i, exist, 0), exist);
  }
}

static void layer_norm_gradient_row(size_t count, const float *x, const float *dy, float center, float factor,
                                    const float *weight, float *dx, float *dweight, float *dbias) {
  v16 sum = splat(0), product = splat(0);
  for (size_t i = 0; i < count; i += 16) {
    size_t exist = lanes_left(count, i);
    v16 distance = load_lanes(x + i, exist) - center, g = load_lanes(dy + i, exist) * load_or(weight, i, exist, 1);
    sum += g;
    product += g * distance;
  }
  float mean = horizontal_sum(sum) / (float)count, slope = horizontal_sum(product) * factor * factor / (float)count;
  for (size_t i = 0; i < count; i += 16) {
    size_t exist = lanes_left(count, i);
    v16 distance = load_lanes(x + i, exist) - center, gradient = load_lanes(dy + i, exist);
    store_lanes(dx + i, (gradient * load_or(weight, i, exist, 1) - mean - distance * slope) * factor, exist);
    if (dweight) store_lanes(dweight + i, load_lanes(dweight + i, exist) + gradient * distance * factor, exist);
    if (dbias) store_lanes(dbias + i, load_lanes(dbias + i, exist) + gradient, exist);
  }
}

#define NORM_KERNELS \
  {sum_run, sum_squares, sum_products, normalize_run, normalize_gradient, layer_norm_row, layer_norm_gradient_row}
