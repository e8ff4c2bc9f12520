// Products of weights, or of gradients, with the runs of padded planes (window_kernels.h): a matrix product whose second
// operand needs no packing.
#pragma once
#include "gemm.h"
#include "kernels.h"
#include "patches.h"
#include "vector.h"

static void pad_windows(const cc_windows *w, const float *x, float *padded) {
  const size_t floats = cc_windows_floats(w);
  for (size_t t = 0; t < floats; t += 16) store(padded + t, splat(0));
  for (int64_t image = 0; image < w->phases_height * w->phases_width; image++) {
    const int64_t down = image / w->phases_width - w->pad_top, across = image % w->phases_width - w->pad_left;
    const cc_range rows = cc_inside(down, w->stride_height, w->rows, w->in_height);
    const cc_range columns = cc_inside(across, w->stride_width, w->pitch, w->in_width);
    if (columns.end <= columns.begin) continue;
    const float *from = x + (rows.begin * w->stride_height + down) * w->in_width + columns.begin * w->stride_width + across;
    float *to = padded + (image * w->rows + rows.begin) * w->pitch + columns.begin;
    for (int32_t c = 0; c < w->channels; c++, from += (size_t)w->in_height * w->in_width, to += w->plane_floats)
      for (int64_t row = 0; row < rows.end - rows.begin; row++)
        copy_strided(to + row * w->pitch, from + row * w->stride_height * w->in_width, w->stride_width,
                     columns.end - columns.begin);
  }
}

// ------------------------------------------------------------------------------------------------ correlation

// What a task reads again and again: of a panel so many channels that they stay in the first-level cache, for some strips.
enum { CHUNK_FLOATS = 6144, STRIPS_TOGETHER = 4 };

// ROWS outputs of VECTORS · 16 elements (+)= the sum over some channels -> tile, [MR][NR].
INLINE void window_tile(const cc_windows *w, size_t channels, const float *padded, const float *weights, const float *bias, bool adds,
                        float *tile, const int ROWS, const int VECTORS) {
  const size_t taps = (size_t)w->kernel_height * w->kernel_width, depth = w->channels * taps;
  v16 sum[MR * (NR / 16)];
  if (adds) {
    UNROLL for (int i = 0; i < ROWS * VECTORS; i++) sum[i] = load(tile + i / VECTORS * NR + i % VECTORS * 16);
  } else {
    UNROLL for (int i = 0; i < ROWS * VECTORS; i++) sum[i] = splat(bias ? bias[i / VECTORS] : 0);
  }
  for (size_t c = 0; c < channels; c++, padded += w->plane_floats)
    for (size_t tap = 0; tap < taps; tap++, weights++) {
      v16 value[NR / 16];
      UNROLL for (int j = 0; j < VECTORS; j++) value[j] = load(padded + w->offset[tap] + j * 16);
      UNROLL for (int i = 0; i < ROWS; i++) {
        v16 weight = splat(weights[i * depth]);
        UNROLL for (int j = 0; j < VECTORS; j++) sum[i * VECTORS + j] += weight * value[j];
      }
    }
  UNROLL for (int i = 0; i < ROWS; i++)
    UNROLL for (int j = 0; j < VECTORS; j++) store(tile + i * NR + j * 16, sum[i * VECTORS + j]);
}

INLINE void window_tile_of(const cc_windows *w, size_t channels, const float *padded, const float *weights, const float *bias,
                           bool adds, float *tile, size_t rows, size_t vectors) {
#define TILE(ROWS, VECTORS) \
  case VECTORS * 8 + ROWS: \
    if (ROWS <= MR && VECTORS <= NR / 16) window_tile(w, channels, padded, weights, bias, adds, tile, ROWS, VECTORS); \
    return;
#define TILES(VECTORS) TILE(1, VECTORS) TILE(2, VECTORS) TILE(3, VECTORS) TILE(4, VECTORS) TILE(5, VECTORS) TILE(6, VECTORS)
  switch (vectors * 8 + rows) { TILES(1) TILES(2) TILES(3) TILES(4) }
#undef TILES
#undef TILE
}

// Elements [first, end) of the runs of `outputs` outputs, without those that mean nothing.
INLINE void copy_tile(const cc_windows *w, const float *tile, size_t first, size_t end, size_t outputs, float *y, size_t y_plane) {
  int64_t row = (int64_t)first / w->pitch, column = (int64_t)first % w->pitch;
  for (size_t at = first, run; at < end; at += run, row++, column = 0) {
    run = (size_t)(w->pitch - column) < end - at ? (size_t)(w->pitch - column) : end - at;
    const int64_t live = cc_windows_smaller(w->out_width - column, (int64_t)run);
    for (size_t o = 0; o < outputs && live > 0; o++) {
      float *to = y + o * y_plane + row * w->out_width + column;
      const float *from = tile + o * NR + (at - first);
      if (!CC_HAS_AVX512 || live < 16) copy_floats(to, from, live);
      else for (int64_t t = 0; t < live; t += 16) store_lanes(to + t, load(from + t), lanes_left((size_t)live, (size_t)t));
    }
  }
}

// step: channels of a chunk. CHUNKED: these are not all.
INLINE void correlate_chunks(const cc_windows *w, const float *padded, const float *weights, const float *bias, size_t outputs,
                             float *y, size_t y_plane, size_t step, const bool CHUNKED) {
  float tiles[STRIPS_TOGETHER * MR * NR + 16] __attribute__((aligned(64)));  // whole vectors of the last are copied
  const size_t taps = (size_t)w->kernel_height * w->kernel_width, depth = w->channels * taps, columns = cc_windows_columns(w);
  const size_t panels = (columns + NR - 1) / NR, strips = (outputs + MR - 1) / MR, together = CHUNKED ? STRIPS_TOGETHER : 1;
  for (size_t panel = 0; panel < panels; panel++) {
    const cc_span vectors = cc_split((columns + 15) / 16, panel, panels);
    const size_t first = vectors.begin * 16, end = vectors.end * 16 < columns ? vectors.end * 16 : columns;
    for (size_t strip = 0; strip < strips; strip += together) {
      const size_t some = CHUNKED && strips - strip < together ? strips - strip : together;
      cc_span rows[STRIPS_TOGETHER];
      for (size_t i = 0; i < some; i++) rows[i] = cc_split(outputs, strip + i, strips);
      for (size_t c = 0; c < (size_t)w->channels; c += step) {
        const size_t channels = CHUNKED && w->channels - c < step ? w->channels - c : step;
        const float *from = padded + c * w->plane_floats + first, *of_channel = weights + c * taps;
        for (size_t i = 0; i < some; i++)
          window_tile_of(w, channels, from, of_channel + rows[i].begin * depth, bias ? bias + rows[i].begin : NULL, CHUNKED && c > 0,
                         tiles + i * MR * NR, rows[i].end - rows[i].begin, vectors.end - vectors.begin);
        if (!CHUNKED) break;
      }
      for (size_t i = 0; i < some; i++)
        copy_tile(w, tiles + i * MR * NR, first, end, rows[i].end - rows[i].begin, y + rows[i].begin * y_plane, y_plane);
    }
  }
}

// A single panel meets each weight once: these are then read in long runs.
static void correlate_windows(const cc_windows *w, const float *padded, const float *weights, const float *bias, size_t outputs,
                              float *y, size_t y_plane) {
  const size_t channels = (size_t)w->channels;
  const size_t read = (size_t)(w->kernel_height * w->phases_width * (NR + w->pitch - w->out_width));  // of a channel of a panel
  const size_t chunks = cc_windows_columns(w) <= NR ? 1 : (channels * read + CHUNK_FLOATS - 1) / CHUNK_FLOATS;
  if (chunks == 1) correlate_chunks(w, padded, weights, bias, outputs, y, y_plane, channels, false);
  else correlate_chunks(w, padded, weights, bias, outputs, y, y_plane, (channels + chunks - 1) / chunks, true);
}

// ------------------------------------------------------------------------------------------------ weight gradient

static void spread_windows(const cc_windows *w, const float *dy, float *run) {
  const size_t columns = cc_windows_columns(w);
  for (int64_t row = 0; row < w->out_height; row++)
    copy_padded(run + row * w->pitch, dy + row * w->out_width, 0, 1, row + 1 < w->out_height ? w->pitch : w->out_width, w->out_width);
  for (size_t t = columns; t % 16 != 0; t++) run[t] = 0;
}

// A band of the runs that stays in the first-level cache.
enum {
  WINDOW_BAND = 1024,
  WINDOW_OUTPUTS = CC_REGISTERS >= 32 ? 4 : CC_REGISTERS >= 8 ? 2 : 1,
  WINDOW_TAPS = CC_REGISTERS >= 32 ? 6 : CC_REGISTERS >= 8 ? 2 : 1,
};

// dw of OUT outputs and TAPS taps, of all channels one after the other, from tap `first` on.
INLINE void window_gradient(const cc_windows *w, const float *padded, const float *dy, size_t dy_run, size_t count, size_t first,
                            float *dw, const int OUT, const int TAPS) {
  const size_t taps = (size_t)w->kernel_height * w->kernel_width;
  const float *run[WINDOW_TAPS];
  v16 sum[WINDOW_OUTPUTS * WINDOW_TAPS + 3];  // summed up in fours
  UNROLL for (int t = 0; t < TAPS; t++) run[t] = padded + (first + t) / taps * w->plane_floats + w->offset[(first + t) % taps];
  UNROLL for (int n = 0; n < OUT * TAPS + 3; n++) sum[n] = splat(0);
  for (size_t at = 0; at < count; at += 16) {
    v16 gradient[WINDOW_OUTPUTS];
    UNROLL for (int o = 0; o < OUT; o++) gradient[o] = load(dy + o * dy_run + at);
    UNROLL for (int t = 0; t < TAPS; t++) {
      const v16 value = load(run[t] + at);
      UNROLL for (int o = 0; o < OUT; o++) sum[o * TAPS + t] += gradient[o] * value;
    }
  }
  float total[WINDOW_OUTPUTS * WINDOW_TAPS + 3];
  UNROLL for (int n = 0; n < OUT * TAPS; n += 4)
    *(v4_unaligned *)(total + n) = horizontal_sum4(sum[n], sum[n + 1], sum[n + 2], sum[n + 3]);
  UNROLL for (int o = 0; o < OUT; o++)
    UNROLL for (int t = 0; t < TAPS; t++) dw[o * w->channels * taps + first + t] += total[o * TAPS + t];
}

static void windows_gradient(const cc_windows *w, const float *padded, const float *dy, size_t dy_run, size_t outputs,
                             float *dw) {
  const size_t depth = (size_t)w->channels * w->kernel_height * w->kernel_width, columns = cc_windows_columns(w);
  for (size_t at = 0; at < columns; at += WINDOW_BAND) {
    const size_t count = columns - at < WINDOW_BAND ? columns - at : WINDOW_BAND;
    for (size_t first = 0, taps; first < depth; first += taps) {
      taps = depth - first >= WINDOW_TAPS ? WINDOW_TAPS : 1;
      for (size_t o = 0, many; o < outputs; o += many) {
        many = outputs - o >= WINDOW_OUTPUTS ? WINDOW_OUTPUTS : 1;
#define GRADIENT(OUT, TAPS) \
  window_gradient(w, padded + at, dy + o * dy_run + at, dy_run, count, first, dw + o * depth, OUT, TAPS)
        if (many > 1) {
          if (taps > 1) GRADIENT(WINDOW_OUTPUTS, WINDOW_TAPS);
          else GRADIENT(WINDOW_OUTPUTS, 1);
        } else {
          if (taps > 1) GRADIENT(1, WINDOW_TAPS);
          else GRADIENT(1, 1);
        }
#undef GRADIENT
      }
    }
  }
}

#define WINDOW_KERNELS {pad_windows, correlate_windows, spread_windows, windows_gradient}
