// Depthwise convolution and pooling of single row-major planes: a vector is 16 neighbouring output pixels of a row.
#pragma once
#include "kernels.h"
#include "patches.h"
#include "vector.h"

INLINE void fill_floats(float *to, int64_t count, float value) {
  for (int64_t t = 0; t < count; t++) to[t] = value;
}

// Phase by phase: what needs divisions is found once for all rows.
static void plane_pad(const cc_plane_windows *w, const float *x, float outside, float *padded) {
  const int64_t count = (int64_t)w->phase_floats, spacing = w->spacing_width;
  const int64_t cropped = w->pad_top < 0 ? (w->spacing_height - 1 - w->pad_top) / w->spacing_height : 0;  // rows of x
  for (int64_t phase = 0; phase < w->stride_width; phase++) {
    const int64_t left = phase - w->pad_left;
    const cc_range inside = spacing > 1 ? cc_inside(w->pad_left, spacing, w->in_width, count)  // pixels of x
                                        : cc_inside(left, w->stride_width, count, w->in_width);
    const float *from = x + cropped * w->in_width, *end = x + (int64_t)w->in_height * w->in_width;
    int64_t next = w->pad_top + cropped * w->spacing_height;  // where that row goes
    float *to = padded + phase * count;
    for (int64_t row = 0; row < w->rows; row++, to += w->row_floats) {
      if (row != next || from >= end) {
        fill_floats(to, count, outside);
        continue;
      }
      if (spacing > 1) {
        fill_floats(to, count, outside);
        for (int64_t t = inside.begin; t < inside.end; t++) to[w->pad_left + t * spacing] = from[t];
      } else {
        fill_floats(to, inside.begin, outside);
        if (inside.end > inside.begin)
          copy_strided(to + inside.begin, from + left + inside.begin * w->stride_width, w->stride_width,
                       inside.end - inside.begin);
        fill_floats(to + inside.end, count - inside.end, outside);
      }
      next += w->spacing_height;
      from += w->in_width;
    }
  }
}

// Where tap column j of the window at column 0 lies in a row.
INLINE size_t tap_offset(const cc_plane_windows *w, int64_t j) {
  int64_t column = j * w->dilation_width;
  return (size_t)(column % w->stride_width) * w->phase_floats + (size_t)(column / w->stride_width);
}

// ------------------------------------------------------------------------------------------------ depthwise convolution

// A vector of ROWS output rows from row r and column q on: as many chains of additions as hide their latency.
INLINE void plane_tile(const cc_plane_windows *w, const float *padded, const float *weights, const size_t *offset, float bias,
                       float *y, int64_t r, int64_t q, const int ROWS, const int TAPS) {
  const size_t row_step = (size_t)w->stride_height * w->row_floats;
  v16 sum[4];
  UNROLL for (int n = 0; n < ROWS; n++) sum[n] = splat(bias);
  for (int64_t i = 0; i < w->kernel_height; i++) {
    const float *row = padded + (size_t)(r * w->stride_height + i * w->dilation_height) * w->row_floats + q;
    const float *tap = weights + i * w->kernel_width;
#define TAP(j) \
  v16 weight = splat(tap[j]); \
  UNROLL for (int n = 0; n < ROWS; n++) sum[n] += weight * load(row + n * row_step + offset[j]);
    if (TAPS) {
      UNROLL for (int j = 0; j < TAPS; j++) { TAP(j) }
    } else {
      for (int64_t j = 0; j < w->kernel_width; j++) { TAP(j) }
    }
#undef TAP
  }
  UNROLL for (int n = 0; n < ROWS; n++) store_lanes(y + (r + n) * w->out_width + q, sum[n], lanes_left(w->out_width, q));
}

INLINE void plane_correlate_taps(const cc_plane_windows *w, const float *padded, const float *weights, float bias, float *y,
                                 const int TAPS) {
  size_t offset[CC_PLANE_MOST_KERNEL_WIDTH];
  for (int64_t j = 0; j < w->kernel_width; j++) offset[j] = tap_offset(w, j);
  int64_t r = 0;
  for (; r + 4 <= w->out_height; r += 4)
    for (int64_t q = 0; q < w->out_width; q += 16) plane_tile(w, padded, weights, offset, bias, y, r, q, 4, TAPS);
  for (; r < w->out_height; r++)
    for (int64_t q = 0; q < w->out_width; q += 16) plane_tile(w, padded, weights, offset, bias, y, r, q, 1, TAPS);
}

static void plane_correlate(const cc_plane_windows *w, const float *padded, const float *weights, float bias, float *y) {
  if (w->kernel_width == 3) plane_correlate_taps(w, padded, weights, bias, y, 3);
  else plane_correlate_taps(w, padded, weights, bias, y, 0);
}

// ROWS × TAPS neighbouring taps from kernel row i and column j on.
INLINE void plane_gradient_taps(const cc_plane_windows *w, const float *padded, const float *dy, int64_t i, int64_t j,
                                float *dw, const int ROWS, const int TAPS) {
  v16 sum[12];
  size_t offset[9];
  UNROLL for (int n = 0; n < 12; n++) sum[n] = splat(0);  // summed up in fours
  UNROLL for (int n = 0; n < ROWS * TAPS; n++)
    offset[n] = (size_t)((i + n / TAPS) * w->dilation_height) * w->row_floats + tap_offset(w, j + n % TAPS);
  for (int64_t r = 0; r < w->out_height; r++, padded += (size_t)w->stride_height * w->row_floats)
    for (int64_t q = 0; q < w->out_width; q += 16) {
      v16 gradient = load_lanes(dy + r * w->out_width + q, lanes_left(w->out_width, q));
      UNROLL for (int n = 0; n < ROWS * TAPS; n++) sum[n] += gradient * load(padded + offset[n] + q);
    }
  float total[12];
  UNROLL for (int n = 0; n < ROWS * TAPS; n += 4)
    *(v4_unaligned *)(total + n) = horizontal_sum4(sum[n], sum[n + 1], sum[n + 2], sum[n + 3]);
  UNROLL for (int n = 0; n < ROWS * TAPS; n++) dw[(i + n / TAPS) * w->kernel_width + j + n % TAPS] += total[n];
}

static void plane_weight_gradient(const cc_plane_windows *w, const float *padded, const float *dy, float *dw) {
  for (int64_t i = 0, rows; i < w->kernel_height; i += rows) {
    rows = CC_REGISTERS >= 32 && w->kernel_width == 3 && w->kernel_height - i >= 3 ? 3 : 1;
    if (rows == 3) {
      plane_gradient_taps(w, padded, dy, i, 0, dw, 3, 3);
      continue;
    }
    int64_t j = 0;
#define TAPS(COUNT) for (; j + COUNT <= w->kernel_width; j += COUNT) plane_gradient_taps(w, padded, dy, i, j, dw, 1, COUNT)
    TAPS(7);
    TAPS(5);
    TAPS(3);
    TAPS(1);
#undef TAPS
  }
}

// ------------------------------------------------------------------------------------------------ pooling

// FINDS: winner is wanted.
INLINE void plane_max_pool_of(const cc_plane_windows *w, const float *padded, bool rectifies, float *y, uint16_t *winner,
                              const bool FINDS) {
  const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, rectified = splat_int(rectifies ? -1 : 0);
  size_t offset[CC_PLANE_MOST_KERNEL_WIDTH];
  for (int64_t j = 0; j < w->kernel_width; j++) offset[j] = tap_offset(w, j);
  for (int64_t r = 0; r < w->out_height; r++) {
    int64_t top = w->pad_top - r * w->stride_height;
    for (int64_t q = 0; q < w->out_width; q += 16) {
      // The first element that is no padding wins if nothing is larger.
      i16 left = splat_int((int32_t)w->pad_left) - (lane + (int32_t)q) * (int32_t)w->stride_width;
      i16 at = (left & (left > 0)) + (int32_t)(top > 0 ? top * w->kernel_width : 0);
      v16 best = splat(-__builtin_inff());
      for (int64_t i = 0; i < w->kernel_height; i++) {
        const float *row = padded + (size_t)(r * w->stride_height + i) * w->row_floats + q;
        for (int64_t j = 0; j < w->kernel_width; j++) {
          v16 value = load(row + offset[j]);
          i16 wins = (value > best) | (value != value);
          best = select16(wins, value, best);
          if (FINDS) at = (wins & splat_int((int32_t)(i * w->kernel_width + j))) | (~wins & at);
        }
      }
      i16 dead = (best <= splat(0)) & rectified;
      size_t lanes = lanes_left(w->out_width, q), place = (size_t)(r * w->out_width + q);
      store_lanes(y + place, select16(dead, splat(0), best), lanes);
      if (!FINDS) continue;
      u16x16 positions = __builtin_convertvector(at | (dead & CC_NO_WINNER), u16x16);
      memcpy(winner + place, &positions, lanes * sizeof *winner);
    }
  }
}

static void plane_max_pool(const cc_plane_windows *w, const float *padded, bool rectifies, float *y, uint16_t *winner) {
  if (winner) plane_max_pool_of(w, padded, rectifies, y, winner, true);
  else plane_max_pool_of(w, padded, rectifies, y, NULL, false);
}

static void plane_average_pool(const cc_plane_windows *w, const float *padded, float *y) {
  const float scale = 1 / ((float)w->kernel_height * (float)w->kernel_width);
  size_t offset[CC_PLANE_MOST_KERNEL_WIDTH];
  for (int64_t j = 0; j < w->kernel_width; j++) offset[j] = tap_offset(w, j);
  for (int64_t r = 0; r < w->out_height; r++)
    for (int64_t q = 0; q < w->out_width; q += 16) {
      v16 sum = splat(0);
      for (int64_t i = 0; i < w->kernel_height; i++)
        for (int64_t j = 0; j < w->kernel_width; j++)
          sum += load(padded + (size_t)(r * w->stride_height + i) * w->row_floats + q + offset[j]);
      store_lanes(y + r * w->out_width + q, sum * scale, lanes_left(w->out_width, q));
    }
}

// A row of windows' sums, each to all pixels of its window: pixel stride · t + phase of the padded row is element phase of
// window t, phase + stride of window t − 1, … STRIDE 0: any.
INLINE void spread_sums(const cc_plane_windows *w, const float *sums, int64_t places, float *row, const int STRIDE) {
  const int64_t stride = STRIDE ? STRIDE : w->stride_width;
  for (int64_t t = 0; t < places; t += 16, row += 16 * stride) {
    v16 pixels[2];
    for (int64_t phase = 0; phase < stride; phase++) {
      v16 sum = splat(0);
      const float *window = sums + t;
      for (int64_t j = phase; j < w->kernel_width; j += stride) sum += load(window--);
      if (STRIDE) pixels[phase] = sum;
      else UNROLL for (int i = 0; i < 16; i++) row[i * stride + phase] = sum[i];
    }
    if (STRIDE == 1) store(row, pixels[0]);
    if (STRIDE != 2) continue;
    store(row, __builtin_shufflevector(pixels[0], pixels[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    store(row + 16, __builtin_shufflevector(pixels[0], pixels[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
}

// A row of dx is the sum of the rows of dy whose windows hold it, spread out; neighbours under the same windows are equal.
static void plane_average_gradient(const cc_plane_windows *w, size_t planes, const float *row_share,
                                   const float *column_share, const float *dy, float *scratch, float *dx) {
  const cc_plane_spread spread = cc_plane_spread_of(w);
  float *sums = scratch + spread.before, *row = sums + spread.places;
  memset(scratch, 0, (spread.before + spread.places) * sizeof *scratch);
  for (size_t plane = 0; plane < planes; plane++, dy += (size_t)w->out_height * w->out_width) {
    cc_range above = {-1, -1};
    for (int64_t y = w->pad_top; y < w->pad_top + w->in_height; y++, dx += w->in_width) {
      cc_range rows = {y < w->kernel_height ? 0 : (y - w->kernel_height) / w->stride_height + 1, y / w->stride_height + 1};
      if (rows.end > w->out_height) rows.end = w->out_height;
      if (rows.begin != above.begin || rows.end != above.end) {
        for (int64_t q = 0; q < w->out_width; q += 16) {
          v16 sum = splat(0);
          for (int64_t r = rows.begin; r < rows.end; r++)
            sum += splat(row_share[r]) * load_lanes(dy + r * w->out_width + q, lanes_left(w->out_width, q));
          store(sums + q, sum * load(column_share + q));
        }
        if (w->stride_width == 1) spread_sums(w, sums, spread.places, row, 1);
        else if (w->stride_width == 2) spread_sums(w, sums, spread.places, row, 2);
        else spread_sums(w, sums, spread.places, row, 0);
        above = rows;
      }
      copy_floats(dx, row + w->pad_left, w->in_width);
    }
  }
}

#define PLANE_KERNELS \
  {plane_pad, plane_correlate, plane_weight_gradient, plane_max_pool, plane_average_pool, plane_average_gradient}
