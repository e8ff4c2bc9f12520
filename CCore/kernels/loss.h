// Softmax and cross-entropy of rows of float32, vectorised along the classes.
#pragma once
#include "kernels.h"
#include "math.h"

INLINE float horizontal_maximum(v16 v) {
  v16 other = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v = select16(v > other, v, other);
  other = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v = select16(v > other, v, other);
  float a = v[0] > v[1] ? v[0] : v[1], b = v[2] > v[3] ? v[2] : v[3];
  return a > b ? a : b;
}

// Lanes past the row: −∞, which a maximum ignores and whose exponential is 0.
INLINE v16 load_logits(const float *x, size_t lanes) {
  if (lanes == 16) return load(x);
  v16 row = splat(-__builtin_inff());
  memcpy(&row, x, lanes * sizeof *x);
  return row;
}

INLINE float row_maximum(size_t classes, const float *x) {
  v16 largest = splat(-__builtin_inff());
  for (size_t c = 0; c < classes; c += 16) {
    v16 v = load_logits(x + c, lanes_left(classes, c));
    largest = select16(v > largest, v, largest);
  }
  return horizontal_maximum(largest);
}

// Σ exp(x − largest), the terms to y unless that is NULL.
INLINE float row_exponentials(size_t classes, const float *x, float largest, float *y) {
  v16 sum = splat(0);
  for (size_t c = 0; c < classes; c += 16) {
    size_t lanes = lanes_left(classes, c);
    v16 e = exp16(load_logits(x + c, lanes) - largest);
    if (lanes < 16 && largest == -__builtin_inff()) e = load_lanes((float *)&e, lanes);  // no NaN from −∞ − −∞ past the row
    sum += e;
    if (y) store_lanes(y + c, e, lanes);
  }
  return horizontal_sum(sum);
}

static void softmax_rows(bool log, size_t rows, size_t classes, const float *x, float *y) {
  for (size_t r = 0; r < rows; r++, x += classes, y += classes) {
    float largest = row_maximum(classes, x);
    float sum = row_exponentials(classes, x, largest, log ? NULL : y);
    float log_sum = log ? logf(sum) : 0;
    for (size_t c = 0; c < classes; c += 16) {
      size_t lanes = lanes_left(classes, c);
      v16 v = load_lanes((log ? x : y) + c, lanes);
      store_lanes(y + c, log ? v - largest - log_sum : v / sum, lanes);
    }
  }
}

static void softmax_gradient_rows(bool log, size_t rows, size_t classes, const float *y, const float *dy, float *dx) {
  for (size_t r = 0; r < rows; r++, y += classes, dy += classes, dx += classes) {
    v16 sums = splat(0);
    for (size_t c = 0; c < classes; c += 16) {
      size_t lanes = lanes_left(classes, c);
      v16 g = load_lanes(dy + c, lanes);
      sums += log ? g : g * load_lanes(y + c, lanes);
    }
    float sum = horizontal_sum(sums);
    for (size_t c = 0; c < classes; c += 16) {
      size_t lanes = lanes_left(classes, c);
      v16 g = load_lanes(dy + c, lanes), v = load_lanes(y + c, lanes);
      store_lanes(dx + c, log ? g - exp16(v) * sum : v * (g - sum), lanes);
    }
  }
}

static void cross_entropy_rows(size_t rows, size_t classes, const float *logits, const int32_t *labels, float gradient_scale,
                               float *losses, float *gradient) {
  for (size_t r = 0; r < rows; r++, logits += classes) {
    float largest = row_maximum(classes, logits);
    float sum = row_exponentials(classes, logits, largest, gradient);
    losses[r] = logf(sum) - (logits[labels[r]] - largest);
    if (!gradient) continue;
    for (size_t c = 0; c < classes; c += 16) {
      size_t lanes = lanes_left(classes, c);
      store_lanes(gradient + c, load_lanes(gradient + c, lanes) / sum * gradient_scale, lanes);
    }
    gradient[labels[r]] -= gradient_scale;
    gradient += classes;
  }
}

#define LOSS_KERNELS {softmax_rows, softmax_gradient_rows, cross_entropy_rows}
