// Winograd's forward pass over row-major images whose tiles do not fill vectors: 16 channels are the lanes instead.
#include "conv_winograd.h"
#include "buffer.h"

enum {
  OUTPUTS = CC_WINOGRAD_CHANNEL_OUTPUTS,  // of a task
  MANY_TILES = 32,                        // for which making U again is little
  MOST_TILES = OWN_BYTES / (POINTS * CC_LANES * sizeof(float)),
};

// A task is OUTPUTS outputs of a band of tiles. Each makes its V and U: reading what another core has just written takes as long.
typedef struct {
  const winograd_job *job;
  const cc_winograd_tile *tiles;
  size_t count, bands;
  cc_winograd_points v, m;
  float *scratch;  // a slot for each task at a time: the band whose V is there, V, M and U
  size_t slot;     // floats
} channels_job;

static size_t output_tasks(const winograd_job *j) { return (j->outputs + OUTPUTS - 1) / OUTPUTS; }

static void forward_outputs(void *context, size_t task) {
  const channels_job *own = context;
  const winograd_job *j = own->job;
  const size_t band = task / output_tasks(j);
  const cc_span span = cc_split(own->count, band, own->bands);
  const cc_winograd_tile *tiles = own->tiles + span.begin;
  const size_t count = span.end - span.begin;
  cc_winograd_points v = own->v, m = own->m;
  float *made = own->scratch + cc_task_slot() * own->slot;
  v.data = made + LINE, m.data = v.data + POINTS * v.point_step;
  if (*made != band) j->kernels->input_by_channel(&j->x, tiles, count, (cc_span){0, j->channels}, &v);
  *made = band;
  const cc_span outputs = winograd_outputs_at(j, task % output_tasks(j) * OUTPUTS, OUTPUTS);
  const cc_winograd_weights w = winograd_weights_of(j, outputs);
  j->kernels->multiply_by_channel(&w, count, &v, m.data + POINTS * m.point_step, &m);
  j->kernels->output_by_channel(&m, tiles, count, outputs, j->bias, &j->y);
}

static cc_winograd_points points(size_t tiles, size_t channels) {
  return (cc_winograd_points){NULL, tiles * channels + POINT_GAP, channels};
}

// By a tenth at least: each thread may make all of V.
bool cc_winograd_prefers_channels(size_t tiles, size_t channels, size_t outputs) {
  const size_t lanes = winograd_round_up(tiles, CC_LANES), from = winograd_round_up(channels, CC_LANES);
  const size_t to = winograd_round_up(outputs, outputs > CC_LANES ? OUTPUTS : CC_LANES);
  return tiles > 0 && POINTS * points(tiles, from).point_step * sizeof(float) <= OWN_BYTES &&
         10 * from * tiles <= 9 * channels * lanes && 10 * to * tiles <= 9 * outputs * lanes;
}

// As few as give all threads as much to do. Two tasks each are better where transforming the weights for each is not much.
static size_t bands_for(size_t tasks, size_t threads, size_t tiles) {
  const size_t wanted = tasks > 1 && tiles > MANY_TILES ? 2 * threads : threads;
  size_t a = wanted, b = tasks;
  while (b > 0) {
    const size_t rest = a % b;
    a = b, b = rest;
  }
  return winograd_smaller(wanted / a, tiles);
}

cc_status winograd_forward_by_channel(const winograd_job *j) {
  const size_t slots = cc_task_slots();
  cc_winograd_tile tiles[MOST_TILES];
  channels_job own = {.job = j, .tiles = tiles, .count = j->blocks * j->down * j->across};
  for (size_t i = 0; i < own.count; i++) tiles[i] = winograd_tile_at(j, i);
  own.bands = bands_for(output_tasks(j), slots, own.count);
  const size_t most = (own.count + own.bands - 1) / own.bands;
  own.v = points(most, winograd_round_up(j->channels, CC_LANES)), own.m = points(most, OUTPUTS);
  own.slot = LINE + POINTS * (own.v.point_step + own.m.point_step) + cc_winograd_own_weights(own.count);
  const size_t bytes = slots * own.slot * sizeof(float);
  own.scratch = cc_buffer_take(bytes);
  if (!own.scratch) return CC_NO_MEMORY;
  for (size_t slot = 0; slot < slots; slot++) own.scratch[slot * own.slot] = -1;
  cc_parallel(own.bands * output_tasks(j), forward_outputs, &own);
  cc_buffer_give(own.scratch, bytes);
  return CC_OK;
}
