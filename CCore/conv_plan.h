// What a convolution plan holds, and what its drivers share.
#pragma once
#include "conv.h"
#include "kernels/kernels.h"

typedef enum {
  CC_CONV_REFERENCE,  // row-major: the plain loops of reference.c
  CC_CONV_DIRECT,     // interleaved: register tiles over output channels and pixels
} cc_conv_algorithm;

struct cc_conv_plan {
  cc_conv_shape shape;
  int32_t out_height, out_width;
  cc_dtype dtype;
  cc_conv_algorithm algorithm;
  // Interleaved layout:
  size_t blocks;              // of 16 images
  size_t in_plane, out_plane; // floats of one channel of a block
  size_t weight_count;        // K · C/groups · R · S
  size_t gradient_parts;      // partial weight gradients, each over its share of the blocks
  size_t workspace_bytes;
};

/// One correlation for every image block and group: the task of conv_forward.c, and of each phase of conv_backward_data.c.
typedef struct {
  const cc_conv_plan *plan;
  cc_correlation correlation;  // of one group
  const float *x, *packed, *bias;
  float *y;
  size_t x_group, y_group;     // floats from one group to the next
  size_t bands;                // of output rows
} cc_correlation_job;

/// Forward convolution; packed: cc_conv_pack's.
cc_correlation_job cc_forward_job(const cc_conv_plan *plan, const float *x, const float *packed, const float *bias,
                                  float *y);

/// Splits into (block, group, band of rows) and runs.
void cc_run_correlation(cc_correlation_job *job);

/// Weights in the order of the correlation kernel: [group][register tile][input][tap][output of the tile].
///
/// backward: for backward-data, where C is the output side and K the input side.
void cc_conv_pack(const cc_conv_plan *plan, bool backward, const float *weights, float *packed);
