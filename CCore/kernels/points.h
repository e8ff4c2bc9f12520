// Minimal filtering F(m, r) along the rows of images (Winograd, Arithmetic Complexity of Computations, 1980), from the points
// 0, ±1, ±2, ±½ and ∞ of Toom and Cook. m sums of r products each come from 8 pixels and r taps, m + r = 9:
//
//   y = Aᵀ [(G w) ⊙ (Bᵀ x)],   Aᵀ: m × 8, row i the i-th powers of the points, G: 8 × r likewise times factors, Bᵀ: 8 × 8
//
// so 8 products serve where m · r would be needed: 18 or 20 for 3 or 5 taps. Sums of such sums are formed before Aᵀ.
#pragma once

#if CC_REGISTERS >= 32
#include "kernels.h"
#include "vector.h"

enum { POINTS = CC_CONV_POINTS, MOST_TILE_PIXELS = 6 };

INLINE float power_of_two(int i) { return (float)(1 << i); }
INLINE float power_of_half(int i) { return 1 / (float)(1 << i); }

// Bᵀ x
INLINE void transform_pixels(const v16 *x, v16 *v) {
  v16 even = x[2] + x[6] - 4.25f * x[4], odd = x[1] + x[5] - 4.25f * x[3];
  v[0] = x[6] - x[0] + 5.25f * (x[2] - x[4]);
  v[1] = even + odd, v[2] = even - odd;
  even = 0.25f * x[2] - 1.25f * x[4] + x[6], odd = 0.5f * x[1] - 2.5f * x[3] + 2.0f * x[5];
  v[3] = even + odd, v[4] = even - odd;
  even = 4.0f * x[2] - 5.0f * x[4] + x[6], odd = 2.0f * x[1] - 2.5f * x[3] + 0.5f * x[5];
  v[5] = even + odd, v[6] = even - odd;
  v[7] = x[7] - x[1] + 5.25f * (x[3] - x[5]);
}

// Aᵀ m
INLINE void transform_sums(const v16 *m, v16 *y, const int PIXELS) {
  v16 plus[3], minus[3];
  UNROLL for (int p = 0; p < 3; p++) plus[p] = m[2 * p + 1] + m[2 * p + 2], minus[p] = m[2 * p + 1] - m[2 * p + 2];
  UNROLL for (int i = 0; i < PIXELS; i++) {
    const v16 *s = i % 2 ? minus : plus;
    y[i] = s[0] + power_of_two(i) * s[1] + power_of_half(i) * s[2];
    if (i == 0) y[i] += m[0];
    if (i == PIXELS - 1) y[i] += m[7];
  }
}

// G w, but for the factors of its rows.
INLINE void transform_taps(const v16 *w, v16 *u, const int TAPS) {
  v16 even[3], odd[3];  // parts of the sums at 1, 2 and ½; the odd ones without the first power
  UNROLL for (int j = 0; j < TAPS; j++) {
    const float power[3] = {1, power_of_two(j / 2 * 2), power_of_half(j / 2 * 2)};
    v16 *part = j % 2 ? odd : even;
    UNROLL for (int p = 0; p < 3; p++) part[p] = j < 2 ? w[j] : part[p] + power[p] * w[j];
  }
  const float root[3] = {1, 2, 0.5f};
  u[0] = w[0];
  UNROLL for (int p = 0; p < 3; p++) {
    u[2 * p + 1] = even[p] + root[p] * odd[p];
    u[2 * p + 2] = even[p] - root[p] * odd[p];
  }
  u[7] = w[TAPS - 1];
}

// They are these, and may be applied to the sums as well.
static const float POINT_FACTOR[POINTS] = {-1, -2.0f / 9, -2.0f / 9, 1.0f / 90, 1.0f / 90, 32.0f / 45, 32.0f / 45, 1};

// COUNT pixels of a row from `column` on, zeros outside.
INLINE void load_pixels(const float *row, int64_t column, int64_t width, v16 *x, const int COUNT) {
  if (column >= 0 && column + COUNT <= width) {
    UNROLL for (int j = 0; j < COUNT; j++) x[j] = load(row + (column + j) * 16);
  } else {
    UNROLL for (int j = 0; j < COUNT; j++)
      x[j] = (size_t)(column + j) < (size_t)width ? load(row + (column + j) * 16) : splat(0);
  }
}

#endif

