// Winograd's weights and their gradients: 3 × 3 taps to 36 points and back.
#pragma once
#include "winograd.h"

enum { KERNELS_AHEAD = 16 };

INLINE v16 load_kernel(const float *kernel) {
  return CC_REGISTERS >= 8 ? load_lanes(kernel, 9)
                           : join8(join4(*(const v4_unaligned *)kernel, *(const v4_unaligned *)(kernel + 4)), (v8){kernel[8]});
}

// Where 16 kernels are: of WIDTH (8 or 16) outputs and so many inputs side by side. Those of the last output stand for others
// that do not exist.
INLINE void find_kernels(const cc_winograd_weights *w, size_t offset[16], const int WIDTH) {
  for (size_t i = 0; i < 16; i++)
    offset[i] = (i % WIDTH < w->outputs ? i % WIDTH : w->outputs - 1) * w->output_step + i / WIDTH * w->input_step;
}

// `lanes` kernels -> u[point · point_step + kernel]. ahead: floats to kernels that will be wanted soon.
INLINE void kernels_to_points(const float *kernels, const size_t offset[16], size_t ahead, size_t lanes, float *u, size_t point_step,
                              const bool TURNED) {
  v16 taps[16], down[6 * 3];
  UNROLL for (int i = 0; i < 16; i++) {
    taps[i] = load_kernel(kernels + offset[i]);
    __builtin_prefetch(kernels + offset[i] + ahead, 0, 2);  // rows far apart, often on the same lines of the first-level cache
  }
  transpose16(taps);
  UNROLL for (int s = 0; s < 3; s++) {
    v16 d[3] = {taps[s], taps[3 + s], taps[6 + s]}, o[6];
    if (TURNED) d[0] = taps[8 - s], d[1] = taps[5 - s], d[2] = taps[2 - s];
    weight_transform(d, o);
    UNROLL for (int r = 0; r < 6; r++) down[r * 3 + s] = o[r];
  }
  UNROLL for (int r = 0; r < 6; r++) {
    v16 o[6];
    weight_transform(down + r * 3, o);
    UNROLL for (int s = 0; s < 6; s++) store_lanes(u + (r * 6 + s) * point_step, o[s], lanes);
  }
}

INLINE void transform_weights(const cc_winograd_weights *w, float *u, size_t point_step, const bool TURNED) {
  size_t offset[16], c = 0;
  find_kernels(w, offset, OUTPUTS);
  const float *kernels = w->data;
  for (; c + 2 <= w->inputs; c += 2, kernels += 2 * w->input_step, u += 2 * OUTPUTS)
    kernels_to_points(kernels, offset, KERNELS_AHEAD * w->input_step, 16, u, point_step, TURNED);
  if (c == w->inputs) return;
  memcpy(offset + OUTPUTS, offset, OUTPUTS * sizeof *offset);
  kernels_to_points(kernels, offset, 0, OUTPUTS, u, point_step, TURNED);
}

static void winograd_weights(const cc_winograd_weights *w, float *u, size_t point_step) {
  if (w->turned) transform_weights(w, u, point_step, true);
  else transform_weights(w, u, point_step, false);
}

static void winograd_finish(const float *du, size_t part_step, size_t parts, size_t outputs, size_t inputs, float *dw,
                            size_t output_step) {
  v16 sum[CC_WINOGRAD_POINTS][OUTPUTS];
  for (int p = 0; p < CC_WINOGRAD_POINTS; p++, du += OUTPUTS * 16) {
    UNROLL for (int o = 0; o < OUTPUTS; o++) sum[p][o] = load(du + o * 16);
    for (size_t part = 1; part < parts; part++)
      UNROLL for (int o = 0; o < OUTPUTS; o++) sum[p][o] += load(du + part * part_step + o * 16);
  }
  for (size_t k = 0; k < outputs; k++, dw += output_step) {
    v16 down[3 * 6], taps[16];
    UNROLL for (int i = 9; i < 16; i++) taps[i] = splat(0);
    UNROLL for (int s = 0; s < 6; s++) {
      v16 d[6], o[3];
      UNROLL for (int r = 0; r < 6; r++) d[r] = sum[r * 6 + s][k];
      weight_adjoint(d, o);
      UNROLL for (int r = 0; r < 3; r++) down[r * 6 + s] = o[r];
    }
    UNROLL for (int r = 0; r < 3; r++) weight_adjoint(down + r * 6, taps + r * 3);
    transpose16(taps);  // a row is a kernel and 7 zeros, which the next kernel overwrites
    for (size_t c = 0; c < inputs; c++) store_lanes(dw + c * 9, taps[c], c + 1 < inputs ? 16 : 9);
  }
}
