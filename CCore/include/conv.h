// 2-D convolution (cross-correlation, as in every deep-learning library) and its two gradients.
//
// y[n][k][y][x] = bias[k] + Σ over c, i, j of weights[k][c][i][j] · x[n][g·C/groups + c][y·stride + i·dilation − pad][…]
#pragma once
#include "ccore.h"

typedef struct {
  int32_t batch;                        // N, at least 0
  int32_t in_channels, in_height, in_width;   // C, H, W
  int32_t out_channels;                 // K
  int32_t kernel_height, kernel_width;  // R, S
  int32_t stride_height, stride_width;
  int32_t pad_top, pad_left, pad_bottom, pad_right;
  int32_t dilation_height, dilation_width;
  int32_t groups;                       // divides C and K
} cc_conv_shape;

/// Winograd's algorithms, for float32 images and stride 1: F(4×4, 3×3) for kernels of 3 × 3 taps, and at dilation 1 minimal
/// filtering along rows of 3 or 5 taps (in the interleaved layout). They form a result from all pixels around a
/// tile, so errors are relative to the largest of these. For numbers of similar size they are below 2⁻¹⁷ · Σ|w| · max|x| in
/// y, likewise in dx, and below 2⁻¹⁸ · max|dy| · max|x| for each pixel summed in dw. An infinity or NaN spreads over its tile;
/// of x over a row of taps in dw, in row-major layout over all taps of its channel.
typedef enum {
  CC_CONV_FASTEST,        // one of the two below where it is faster
  CC_CONV_EXACT,          // every sum as it is written
  CC_CONV_USE_WINOGRAD,   // F(4×4, 3×3) wherever it is possible
  CC_CONV_USE_POINTS,     // minimal filtering along rows of 3 or 5 taps wherever it is possible: AVX-512
} cc_conv_method;

/// How one shape is computed: immutable once made, may be shared between threads.
typedef struct cc_conv_plan cc_conv_plan;

/// Output height and width: floor((size + pads − dilation·(kernel − 1) − 1) / stride) + 1.
///
/// CC_BAD_SHAPE if a size is not positive (batch may be 0), a pad is negative, groups do not divide the channels,
/// the output would be empty or a product overflows.
cc_status cc_conv_output_size(const cc_conv_shape *shape, int32_t *out_height, int32_t *out_width);

/// Validates the shape and chooses the algorithm by shape, layout and instruction set only. Allocates the plan.
///
/// dtype: float32 or float64; layout: interleaved for float32 only. CC_UNSUPPORTED if there is no such plan.
cc_status cc_conv_plan_create(const cc_conv_shape *shape, cc_dtype dtype, cc_layout layout, cc_conv_method method,
                              cc_conv_plan **plan);

/// Frees a plan; NULL is ignored.
void cc_conv_plan_destroy(cc_conv_plan *plan);

/// Bytes that the run functions below may use at `workspace`, 64-byte aligned, undefined content.
size_t cc_conv_workspace_bytes(const cc_conv_plan *plan);

/// weights: K × C/groups × R × S, row-major. bias: K, or NULL. y: overwritten.
cc_status cc_conv_forward(const cc_conv_plan *plan, const void *x, const void *weights, const void *bias, void *y,
                          void *workspace);

/// Gradient with respect to the input. dx: overwritten.
cc_status cc_conv_backward_data(const cc_conv_plan *plan, const void *dy, const void *weights, void *dx,
                                void *workspace);

/// Gradients with respect to weights and bias (dbias may be NULL), both overwritten.
///
/// Sums are split by image block and added in block order: the same for any number of threads.
/// In the interleaved layout lanes of dy past the batch must be zero and those of x finite.
cc_status cc_conv_backward_weights(const cc_conv_plan *plan, const void *x, const void *dy, void *dw, void *dbias,
                                   void *workspace);
