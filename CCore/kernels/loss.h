// Softmax and cross-entropy of float32, 16 rows at a time: interleaved, so that a lane is a row and nothing is summed
// across lanes. scratch: classes × 16 floats for each matrix that is read.
#pragma once
#include "interleave.h"
#include "kernels.h"
#include "math.h"

// x: [classes][16].
INLINE v16 largest_class(size_t classes, const float *x) {
  v16 largest = load(x);
  for (size_t c = 1; c < classes; c++) {
    v16 v = load(x + 16 * c);
    largest = select16(v > largest, v, largest);
  }
  return largest;
}

// Σ over the classes of terms TERM(c), in groups so that rounding errors do not grow with the number of classes.
#define SUM_CLASSES(TOTAL, TERM) \
  for (size_t c = 0; c < classes;) { \
    v16 group = splat(0); \
    for (size_t end = c + 64 < classes ? c + 64 : classes; c < end; c++) group += TERM; \
    TOTAL += group; \
  }

static void softmax_rows(bool log, size_t rows, size_t classes, const float *x, float *y, float *scratch) {
  for (size_t r = 0; r < rows; r += 16, x += 16 * classes, y += 16 * classes) {
    size_t lanes = lanes_left(rows, r);
    interleave_block(lanes, classes, 0, classes, x, scratch);
    v16 largest = largest_class(classes, scratch), sum = splat(0);
    SUM_CLASSES(sum, exp16(load(scratch + 16 * c) - largest))
    v16 log_sum = log16(sum);
    for (size_t c = 0; c < classes; c++) {
      v16 v = load(scratch + 16 * c) - largest;
      store(scratch + 16 * c, log ? v - log_sum : exp16(v) / sum);
    }
    deinterleave_block(lanes, classes, 0, classes, scratch, y);
  }
}

static void softmax_gradient_rows(bool log, size_t rows, size_t classes, const float *y, const float *dy, float *dx,
                                  float *scratch) {
  float *gradient = scratch + 16 * classes;
  for (size_t r = 0; r < rows; r += 16, y += 16 * classes, dy += 16 * classes, dx += 16 * classes) {
    size_t lanes = lanes_left(rows, r);
    interleave_block(lanes, classes, 0, classes, y, scratch);
    interleave_block(lanes, classes, 0, classes, dy, gradient);
    v16 sum = splat(0);
    if (log) SUM_CLASSES(sum, load(gradient + 16 * c))
    else SUM_CLASSES(sum, load(gradient + 16 * c) * load(scratch + 16 * c))
    for (size_t c = 0; c < classes; c++) {
      v16 g = load(gradient + 16 * c), v = load(scratch + 16 * c);
      store(gradient + 16 * c, log ? g - exp16(v) * sum : v * (g - sum));
    }
    deinterleave_block(lanes, classes, 0, classes, gradient, dx);
  }
}

// logits, gradient: [classes][16]; in lanes without a row the gradient is 0. gradient: NULL, or perhaps logits.
static void cross_entropy_block(size_t lanes, size_t classes, const float *logits, const int32_t *labels, float gradient_scale,
                                float *losses, float *gradient) {
  i16 label = splat_int(-1);
  memcpy(&label, labels, lanes * sizeof *labels);
  v16 largest = largest_class(classes, logits), sum = splat(0), chosen = splat(0);
  SUM_CLASSES(sum, exp16(load(logits + 16 * c) - largest))
  for (size_t c = 0; c < classes; c++) {
    v16 v = load(logits + 16 * c) - largest;
    i16 is_label = label == (int32_t)c;
    chosen = select16(is_label, v, chosen);
    if (!gradient) continue;
    v16 slope = (exp16(v) / sum - select16(is_label, splat(1), splat(0))) * gradient_scale;
    store(gradient + 16 * c, select16(label >= 0, slope, splat(0)));
  }
  store_lanes(losses, log16(sum) - chosen, lanes);
}

static void cross_entropy_rows(bool interleaved, size_t rows, size_t classes, const float *logits, const int32_t *labels,
                               float gradient_scale, float *losses, float *gradient, float *scratch) {
  for (size_t r = 0, at = 0; r < rows; r += 16, at += 16 * classes) {
    const size_t lanes = lanes_left(rows, r);
    float *slopes = gradient ? gradient + at : NULL;
    if (interleaved) {
      cross_entropy_block(lanes, classes, logits + at, labels + r, gradient_scale, losses + r, slopes);
      continue;
    }
    interleave_block(lanes, classes, 0, classes, logits + at, scratch);
    cross_entropy_block(lanes, classes, scratch, labels + r, gradient_scale, losses + r, slopes ? scratch : NULL);
    if (slopes) deinterleave_block(lanes, classes, 0, classes, scratch, slopes);
  }
}
#undef SUM_CLASSES

#define LOSS_KERNELS {softmax_rows, softmax_gradient_rows, cross_entropy_rows}
