// What a convolution plan holds, and what its drivers share.
#pragma once
#include "conv.h"
#include "fusion.h"
#include "kernels/kernels.h"

typedef enum {
  CC_CONV_REFERENCE,  // row-major float64: the plain loops of reference.c
  CC_CONV_PATCHES,    // float32, both layouts: matrix products with the patches of each image, or block of 16
  CC_CONV_DEPTHWISE,  // row-major float32, a filter for each channel: plane by plane
  CC_CONV_DIRECT,     // interleaved: register tiles over output channels and pixels
  CC_CONV_WINOGRAD,   // both layouts: conv_winograd.c
} cc_conv_algorithm;

struct cc_conv_plan {
  cc_conv_shape shape;
  int32_t out_height, out_width;
  cc_dtype dtype;
  cc_layout layout;
  cc_conv_algorithm algorithm;
  size_t weight_count;        // K · C/groups · R · S
  size_t workspace_bytes;
  size_t blocks;              // of 16 images; in row-major layout of one
  size_t in_plane, out_plane; // floats of one channel of a block
  bool forward_in_points, data_in_points, weights_in_points;  // CC_CONV_DIRECT: by minimal filtering along the rows
  size_t weight_rows, weight_scratch;      // weights_in_points: rows of dy at a time; floats of the kernel's scratch
  size_t packed_count;        // CC_CONV_DIRECT: floats of the weights as cc_conv_pack leaves them
  size_t gradient_parts;      // CC_CONV_DIRECT: partial weight gradients, each over its share of the blocks
  bool forward_in_windows, data_in_windows, weights_in_windows;  // CC_CONV_PATCHES: conv_windows.c instead of packing patches
  bool winograd_weights;      // CC_CONV_WINOGRAD: for the weight gradient too, otherwise as CC_CONV_PATCHES
};

/// CC_CONV_PATCHES; arguments as in conv.h.
cc_status cc_patches_forward(const cc_conv_plan *plan, const float *x, const float *weights, const float *bias, float *y);
cc_status cc_patches_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx);
cc_status cc_patches_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw);

/// The same, where the plan says so; y: activation of the convolution, or CC_IDENTITY.
cc_status cc_windows_forward(const cc_conv_plan *plan, cc_unary_op activation, const float *x, const float *weights,
                             const float *bias, float *y);
cc_status cc_windows_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx);
cc_status cc_windows_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw);

/// CC_CONV_DEPTHWISE.
bool cc_is_depthwise(const cc_conv_shape *shape);
cc_status cc_depthwise_forward(const cc_conv_plan *plan, const float *x, const float *weights, const float *bias, float *y);
cc_status cc_depthwise_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx);
cc_status cc_depthwise_backward_weights(const cc_conv_plan *plan, const float *x, const float *dy, float *dw);

/// One correlation for every image block and group: the task of conv_forward.c, and of each phase of conv_backward_data.c.
typedef struct {
  const cc_conv_plan *plan;
  cc_correlation correlation;  // of one group
  const float *x, *packed, *bias;
  float *y;
  size_t x_group, y_group;     // floats from one group to the next
  cc_unary_kernel *activation; // of the result; NULL: none
  bool in_points;
  size_t bands;                // of output rows
} cc_correlation_job;

/// The kernel for it.
cc_correlate_kernel *cc_correlate_function(const cc_correlation_job *job);

/// Rows [rows.begin, rows.end) of group `group` of image block `block`.
void cc_correlate_rows(const cc_correlation_job *job, size_t block, size_t group, cc_span rows);

/// Forward convolution; packed: cc_conv_pack's.
cc_correlation_job cc_forward_job(const cc_conv_plan *plan, const float *x, const float *packed, const float *bias,
                                  float *y);

/// Splits into (block, group, band of rows) and runs.
void cc_run_correlation(cc_correlation_job *job);

/// Weights in the order of the correlation kernel, with the register tiles of each group one after the other.
///
/// backward: for backward-data, where C is the output side and K the input side.
void cc_conv_pack(const cc_conv_plan *plan, bool backward, const float *weights, float *packed);

/// Phases of backward-data in CC_CONV_DIRECT: together they write every pixel of dx once.
size_t cc_backward_data_phases(const cc_conv_plan *plan);

/// One of them; packed: cc_conv_pack's with `backward`.
cc_correlation_job cc_backward_data_job(const cc_conv_plan *plan, size_t phase, const float *dy, const float *packed,
                                        float *dx);

/// That of one group, but for dy_block.
cc_weight_gradient cc_weight_gradient_of(const cc_conv_plan *plan);

/// The weight gradient in tiles of at most CC_GRADIENT_OUTPUTS output channels of a group: group_tiles for each group.
typedef struct {
  const cc_conv_plan *plan;
  cc_weight_gradient gradient;  // of one group
  const float *x;
  float *dw, *dbias;            // of the first part; dbias NULL if not asked for
  size_t part_step;             // floats from one part's dw and dbias to the next
  size_t group_tiles;
} cc_weight_job;

/// partials: gradient_parts · (weight_count + K) floats. dw, dbias: the results, NULL if not wanted.
cc_weight_job cc_weight_job_of(const cc_conv_plan *plan, const float *x, float *partials, float *dw, float *dbias);

/// Output channels of a tile.
cc_span cc_weight_tile_channels(const cc_weight_job *job, size_t tile);

/// The partial gradients of some tiles over part `part` of the blocks. dy: of the first tile's first channel in the part's
/// first block; dy_block: floats to the next block. scratch: weight_scratch floats.
void cc_weight_tiles(const cc_weight_job *job, size_t part, cc_span tiles, const float *dy, size_t dy_block, float *scratch);

/// Adds the parts in order.
void cc_weight_sum(const cc_weight_job *job, float *dw, float *dbias);

/// CC_CONV_WINOGRAD.
size_t cc_winograd_workspace_bytes(const cc_conv_plan *plan);

/// Tiles of an image of height × width results.
size_t cc_winograd_tiles(const cc_conv_shape *shape, int32_t height, int32_t width);

/// Whether 16 channels as the lanes of a vector leave fewer empty than 16 tiles of row-major images.
bool cc_winograd_prefers_channels(size_t tiles, size_t channels, size_t outputs);

/// Floats of it for transformed weights.
size_t cc_winograd_weights_floats(const cc_conv_plan *plan);

/// Whether the plan takes the epilogue: ReLU, or 2 × 2 max pooling.
bool cc_winograd_fuses(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue);

/// As cc_conv_forward_fused, and cc_conv_backward: in row-major layout for the weights only, beside backward-data.
cc_status cc_winograd_forward(const cc_conv_plan *plan, const cc_conv_epilogue *epilogue, const float *x,
                              const float *weights, const float *bias, float *y, uint16_t *winner, float *workspace);
cc_status cc_winograd_backward(const cc_conv_plan *plan, const cc_conv_gradient *gradient, const float *x,
                               const float *weights, float *dx, float *dw, float *dbias, float *workspace);
cc_status cc_winograd_backward_data(const cc_conv_plan *plan, const float *dy, const float *weights, float *dx, float *workspace);
