// Winograd's row-major tiles with 16 channels as the lanes of a vector, where the tiles of an image would leave some empty:
// V and M are [point][tile][channels]. The transforms are those of winograd.h, the lanes being of no concern to them.
#pragma once
#include "winograd_weights.h"

// ------------------------------------------------------------------------------------------------ pixels -> points

// The 6 × 6 pixels of a tile in 16 planes.
typedef struct {
  const float *planes;
  size_t offset[16];  // of each plane, those that do not exist being the last one again
  int64_t row, column, height, width, down, across;
} channel_pixels;

// Four pixels of a row at a time; all planes hide the same ones.
INLINE void gather_rows(const channel_pixels *f, float *to) {
  const int64_t last = f->width - 6, from = f->column < 0 ? 0 : f->column > last ? last : f->column, shift = from - f->column;
  UNROLL for (int r = 0; r < 6; r++, to += 6 * 16) {
    const int64_t row = f->row + r * f->down;
    v16 pixels[8];
    if (row < 0 || row >= f->height) {
      UNROLL for (int s = 0; s < 6; s++) store(to + s * 16, splat(0));
      continue;
    }
    load_quads(f->planes + row * f->width + from, f->offset, pixels);
    load_quads(f->planes + row * f->width + from + 2, f->offset, pixels + 4);
    UNROLL for (int s = 0; s < 6; s++)
      if (shift) store(to + s * 16, splat(0));
    UNROLL for (int s = 0; s < 6; s++)
      if ((uint64_t)(s + shift) < 6) store(to + (s + shift) * 16, pixels[s < 4 ? s : s + 2]);
  }
}

// One pixel of a plane at a time: planes that are too narrow for that, and dilations.
INLINE void gather_each(const channel_pixels *f, float *to) {
  for (int i = 0; i < 36; i++, to += 16) {
    const int64_t row = f->row + i / 6 * f->down, column = f->column + i % 6 * f->across;
    const bool inside = row >= 0 && row < f->height && column >= 0 && column < f->width;
    for (int lane = 0; lane < 16; lane++) to[lane] = inside ? f->planes[f->offset[lane] + (size_t)(row * f->width + column)] : 0;
  }
}

static void winograd_input_by_channel(const cc_winograd_planes *x, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                                      const cc_winograd_points *v) {
  const size_t plane = (size_t)(x->height * x->width);
  channel_pixels pixels = {.height = x->height, .width = x->width, .down = x->dilation_height, .across = x->dilation_width};
  for (size_t c = channels.begin; c < channels.end; c += 16) {
    const size_t lanes = lanes_left(channels.end, c);
    for (size_t i = 0; i < 16; i++) pixels.offset[i] = (i < lanes ? i : lanes - 1) * plane;
    for (size_t t = 0; t < count; t++) {
      float copy[36 * 16] __attribute__((aligned(64))), *to = v->data + t * v->step + c;
      UNROLL for (int i = 0; i < 36; i++) __builtin_prefetch(to + i * v->point_step + v->step, 1);
      pixels.planes = x->data + tiles[t].block * x->block_step + c * plane;
      pixels.row = tiles[t].row + x->top, pixels.column = tiles[t].column + x->left;
      if (pixels.across == 1 && pixels.width >= 6) gather_rows(&pixels, copy);
      else gather_each(&pixels, copy);
      to_points(copied_patch(copy, 6), to, v->point_step, 6);
    }
  }
}

// ------------------------------------------------------------------------------------------------ points -> pixels

static void winograd_output_by_channel(const cc_winograd_points *m, const cc_winograd_tile *tiles, size_t count, cc_span channels,
                                       const float *bias, const cc_winograd_planes *y) {
  for (size_t c = channels.begin; c < channels.end; c += 16) {
    const size_t lanes = lanes_left(channels.end, c);
    const v16 added = bias ? load_lanes(bias + c, lanes) : splat(0);
    for (size_t t = 0; t < count; t++) {
      tile_results results = find_results(y, tiles + t, 1);
      for (size_t i = lanes; i-- > 0;)
        results.offset[i] = results.offset[0] + i * results.plane, results.rows[i] = results.rows[0], results.columns[i] = results.columns[0];
      v16 tile[4 * 4];
      from_points(m->data + t * m->step + c - channels.begin, m->point_step, added, y->rectified, tile);
      scatter_results(y, &results, c, tile);
    }
  }
}

// ------------------------------------------------------------------------------------------------ products

enum { OUT = CC_WINOGRAD_CHANNEL_OUTPUTS };

// Register tiles: TILES tiles × VECTORS vectors of 16 outputs.
#if CC_REGISTERS >= 32
enum { CHANNEL_TILES = 6, CHANNEL_VECTORS = 2, CHANNEL_INPUTS = 4 };
#elif CC_REGISTERS >= 8
enum { CHANNEL_TILES = 6, CHANNEL_VECTORS = 1, CHANNEL_INPUTS = 1 };
#else
enum { CHANNEL_TILES = 2, CHANNEL_VECTORS = 1, CHANNEL_INPUTS = 1 };
#endif

// The points whose register tiles are worked off together: enough chains of additions to hide their latency, and as many for
// all sizes of 3 or more tiles.
INLINE int points_together(const int TILES, const int VECTORS) {
  if (CHANNEL_TILES == 2) return 1;
  if (VECTORS < CHANNEL_VECTORS) return TILES > 2 ? 2 : 6;
  return TILES > 2 ? 1 : 6 / TILES;
}

// Adds INPUTS inputs.
INLINE void add_inputs(const float *u, size_t u_point, const float *v, size_t v_point, size_t v_step, v16 *sum, const int INPUTS,
                       const int TILES, const int VECTORS) {
  UNROLL for (int i = 0; i < points_together(TILES, VECTORS); i++) {
    v16 weight[CHANNEL_INPUTS * CHANNEL_VECTORS];
    UNROLL for (int c = 0; c < INPUTS * VECTORS; c++)
      weight[c] = load(u + i * u_point + c / VECTORS * OUT + c % VECTORS * 16);
    UNROLL for (int t = 0; t < TILES; t++) {
      const float *value = v + i * v_point + t * v_step;
      UNROLL for (int c = 0; c < INPUTS * VECTORS; c++)
        sum[(i * TILES + t) * VECTORS + c % VECTORS] += weight[c] * splat(value[c / VECTORS]);
    }
  }
}

// Adds `inputs` inputs to the sums of a register tile, or begins them; returns at how many points.
INLINE int multiply_tiles(const float *u, size_t u_point, size_t inputs, const float *v, const cc_winograd_points *v_of, float *m,
                          const cc_winograd_points *m_of, bool adds, const int TILES, const int VECTORS) {
  const int SUMS = points_together(TILES, VECTORS) * TILES * VECTORS;
  v16 sum[CHANNEL_TILES * CHANNEL_VECTORS];
  size_t c = 0;
#define SUM(i) m + i / VECTORS / TILES * m_of->point_step + i / VECTORS % TILES * OUT + i % VECTORS * 16
  UNROLL for (int i = 0; i < SUMS; i++) sum[i] = adds ? load(SUM(i)) : splat(0);
  for (; c + CHANNEL_INPUTS <= inputs; c += CHANNEL_INPUTS)
    add_inputs(u + c * OUT, u_point, v + c, v_of->point_step, v_of->step, sum, CHANNEL_INPUTS, TILES, VECTORS);
  for (; c < inputs; c++) add_inputs(u + c * OUT, u_point, v + c, v_of->point_step, v_of->step, sum, 1, TILES, VECTORS);
  UNROLL for (int i = 0; i < SUMS; i++) store(SUM(i), sum[i]);
#undef SUM
  return points_together(TILES, VECTORS);
}

// All points.
INLINE void multiply_inputs(const float *u, size_t u_point, size_t inputs, const cc_winograd_points *v, size_t first, size_t tiles,
                            const cc_winograd_points *m, const int VECTORS) {
  const size_t blocks = (tiles + CHANNEL_TILES - 1) / CHANNEL_TILES;
  for (int p = 0, points = 1; p < CC_WINOGRAD_POINTS; p += points)
    for (size_t block = 0; block < blocks; block++) {
      const cc_span span = cc_split(tiles, block, blocks);
      const float *from = v->data + p * v->point_step + span.begin * v->step + first;
      float *to = m->data + p * m->point_step + span.begin * OUT;
#define TILES(COUNT) \
  case COUNT: points = multiply_tiles(u + p * u_point, u_point, inputs, from, v, to, m, first > 0, COUNT, VECTORS); break;
      switch (span.end - span.begin) {
        TILES(1) TILES(2)
#if CC_REGISTERS >= 8
        TILES(3) TILES(4) TILES(5) TILES(6)
#endif
      }
#undef TILES
    }
}

// U is made of some inputs at a time: so few that it and their V stay in the first-level cache, or enough for sums that do not.
INLINE void multiply_by_channel(const cc_winograd_weights *w, size_t tiles, const cc_winograd_points *v, float *u,
                                const cc_winograd_points *m, const bool TURNED) {
  const size_t most = cc_winograd_inputs_together(tiles), ahead = KERNELS_AHEAD * w->input_step;
  size_t offset[OUT];
  for (size_t k = 0; k < w->outputs; k += 16) {
    const cc_winograd_weights half = {w->data, w->outputs - k, 1, w->output_step, w->input_step, TURNED};
    find_kernels(&half, offset + k, 16);
  }
  for (size_t c = 0, inputs; c < w->inputs; c += inputs) {
    inputs = w->inputs - c < most ? w->inputs - c : most;
    const size_t u_point = inputs * OUT + 16;
    for (size_t i = 0; i < inputs; i++) {
      const float *kernels = w->data + (c + i) * w->input_step;
      for (size_t k = 0; k < w->outputs; k += 16)
        kernels_to_points(kernels + k * w->output_step, offset + k, ahead, 16, u + i * OUT + k, u_point, TURNED);
      for (size_t p = i * CC_WINOGRAD_POINTS / most; tiles <= CC_WINOGRAD_FEW && p < (i + 1) * CC_WINOGRAD_POINTS / most; p++)
        for (size_t t = 0; t < tiles; t++) __builtin_prefetch(v->data + p * v->point_step + t * v->step + c);
    }
    if (CHANNEL_VECTORS == 2 && w->outputs > 16) multiply_inputs(u, u_point, inputs, v, c, tiles, m, 2);
    else
      for (size_t k = 0; k < w->outputs; k += 16) {
        const cc_winograd_points sums = {m->data + k, m->point_step, m->step};
        multiply_inputs(u + k, u_point, inputs, v, c, tiles, &sums, 1);
      }
  }
}

static void winograd_multiply_by_channel(const cc_winograd_weights *w, size_t tiles, const cc_winograd_points *v, float *u,
                                         const cc_winograd_points *m) {
  if (w->turned) multiply_by_channel(w, tiles, v, u, m, true);
  else multiply_by_channel(w, tiles, v, u, m, false);
}
