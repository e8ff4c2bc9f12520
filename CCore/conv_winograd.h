// What the two drivers of Winograd convolution share: conv_winograd.c and conv_winograd_backward.c.
//
// Tiles are counted in vectors: one tile of the 16 images of a block, or 16 tiles of row-major images, one after the other
// over images, rows and columns. The vectors of a batch are worked off in panels: those of a panel are transformed,
// multiplied at all 36 points and transformed back. With few channels a panel of a few vectors stays in the second-level
// cache beside the weights; the vectors then fall into many parts, each on one thread. With many channels the weights are
// what is large: there is one part of large panels, and the threads share the work of each step of a panel, for a
// chunk of output channels at a time, whose transformed weights stay in the caches.
// Either way the steps are written once: inside a task cc_parallel runs them on the thread that calls.
#pragma once
#include "conv_plan.h"
#include "parallel.h"

enum {
  POINTS = CC_WINOGRAD_POINTS,
  MOST_VECTORS = 24,       // of a panel
  OWN_BYTES = 1400 << 10,  // of a product's input that each thread may make and read for itself
  LINE = 16,
  // Floats between points: 36 streams at a power of two apart would fall on one cache set.
  POINT_GAP = 3 * LINE,
};

typedef struct winograd_panel winograd_panel;

/// One pass over one group of channels.
typedef struct {
  const cc_conv_plan *plan;
  const cc_winograd_kernels *kernels;
  void (*run)(winograd_panel *p);
  size_t channels, outputs;           // of the planes x and y: C and K, or the other way round
  cc_winograd_planes x, y, dx;        // y: or dy; dx.data NULL: not wanted
  const float *bias;

  size_t lanes;                       // tiles of a vector that are numbered: 16 in row-major layout
  size_t blocks, down, across, vectors;  // tiles of the planes of y
  size_t parts, unit, panel_vectors;     // parts are whole units of vectors

  size_t product_inputs, product_outputs;
  const float *weights;
  bool turned;                        // by 180 degrees
  size_t output_step, input_step;     // floats from one kernel to the next, as the product sees them
  float *u;
  size_t u_step;                      // floats of eight outputs
  size_t chunk;                       // eights of outputs that u holds

  bool wants_weights;
  float *du, *dbias, *fringe;         // of the first part
  float *scratch;                     // the points of a panel, for each task at a time
} winograd_job;

struct winograd_panel {
  const winograd_job *job;
  const cc_winograd_tile *tiles;       // of all vectors
  size_t count;                        // vectors
  cc_winograd_points inputs, outputs;  // V; M of a chunk, or D
  size_t part;
  bool adds;                           // to the part's gradients
  cc_winograd_points from, to;         // of the product with a chunk of the weights
  cc_span eights, channels;            // the chunk
};

static inline size_t winograd_round_up(size_t a, size_t unit) { return (a + unit - 1) / unit * unit; }
static inline size_t winograd_eights(size_t outputs) { return (outputs + CC_WINOGRAD_OUTPUTS - 1) / CC_WINOGRAD_OUTPUTS; }
static inline size_t winograd_smaller(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t winograd_larger(size_t a, size_t b) { return a > b ? a : b; }

/// The job for tiles of height × width pixels of every image, with C and K as its channels.
winograd_job winograd_job_of(const cc_conv_plan *plan, int32_t height, int32_t width, float *workspace);

/// Chooses parts, panels and chunks; inputs, outputs: of the product with the weights.
void winograd_split(winograd_job *job, size_t most_parts, size_t unit, size_t inputs, size_t outputs);

/// Planes of C channels, and of K, of one group.
cc_winograd_planes winograd_input_planes(const cc_conv_plan *plan, size_t group, const float *data);
cc_winograd_planes winograd_output_planes(const cc_conv_plan *plan, size_t group, const cc_conv_epilogue *epilogue,
                                          const float *data, const float *activated, uint16_t *winner);

/// The weights of the product: K × C kernels as they are, or for `backward` C × K. In row-major layout, where backward-data is
/// a correlation like any other, these are turned round; otherwise it is the transpose of the forward pass.
void winograd_set_weights(winograd_job *job, const float *weights, bool backward);

/// The weights of at most `width` outputs from `first` on.
cc_span winograd_outputs_at(const winograd_job *job, size_t first, size_t width);
cc_winograd_weights winograd_weights_of(const winograd_job *job, cc_span outputs);

/// Tile `index` of all blocks: one with a negative row past the last.
cc_winograd_tile winograd_tile_at(const winograd_job *job, size_t index);

/// Runs all parts; outputs: channels for which a panel's `outputs` have room.
cc_status winograd_run(winograd_job *job, size_t outputs);

// Steps of a panel.

size_t winograd_channel_tasks(size_t channels);
void winograd_transform_input(void *panel, size_t task);

/// to = U · from for a chunk of outputs at a time. After each, tasks of `finish` take the channels
/// winograd_task_channels(panel, task) of winograd_chunk_points(panel).
///
/// make: NULL, or makes `from`, which is the panel's `inputs`: a thread's own where that is small, since reading what another
/// core has just written takes as long as making it.
void winograd_multiply(winograd_panel *panel, cc_task make, cc_winograd_points from, cc_winograd_points to, cc_task finish);
cc_span winograd_task_channels(const winograd_panel *panel, size_t task);
cc_winograd_points winograd_chunk_points(const winograd_panel *panel);

/// The forward pass with channels as lanes.
cc_status winograd_forward_by_channel(const winograd_job *job);
