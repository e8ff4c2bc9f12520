// The table of everything that is compiled once per instruction set. Drivers call it through cc_active_kernels().
//
// A kernel is the body of one task: it gets pointers and sizes, splits nothing and allocates nothing.
#pragma once
#include "../gemm_problem.h"
#include "../include/activation.h"
#include "../include/elementwise.h"
#include "../include/optimizer.h"
#include "../include/random.h"
#include "../optimizer_rules.h"
#include "parallel.h"
#include "ccore.h"
#include "conv_kernels.h"
#include "layout_kernels.h"
#include "norm_kernels.h"
#include "plane_kernels.h"
#include "pool_kernels.h"
#include "window_kernels.h"
#include "winograd_kernels.h"

typedef struct {
  /// Rows × columns of the problem's c: columns.begin is a multiple of 16. scratch: CC_GEMM_SCRATCH_FLOATS if anything is
  /// packed; b's columns at cc_gemm_packed_block of the depth then fit CC_GEMM_PACKED_FLOATS, and patches are at most
  /// CC_GEMM_MOST_COLUMNS.
  void (*multiply_block)(const cc_gemm_problem *problem, cc_gemm_packing packing, cc_span rows, cc_span columns,
                         float *scratch);
  /// `columns` of the problem's c where all is row-major and a has few rows: b transposed and a not; or b not.
  void (*multiply_dots)(const cc_gemm_problem *problem, cc_span columns);
  void (*multiply_rows)(const cc_gemm_problem *problem, cc_span columns);
  /// dy: [blocks][outputs][16] -> dbias: outputs.
  void (*sum_images)(size_t blocks, size_t outputs, const float *dy, float *dbias);
} cc_gemm_kernels;

typedef void cc_unary_kernel(size_t count, const void *x, void *y);
typedef void cc_unary_gradient_kernel(size_t count, const void *x, const void *y, const void *dy, void *dx);
/// y is contiguous, float or bool as the operation gives; strides in elements.
typedef void cc_binary_kernel(size_t count, const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride, void *y);

/// float32, by operation.
typedef struct {
  cc_unary_kernel *unary[CC_UNARY_COUNT];
  cc_unary_gradient_kernel *unary_gradient[CC_UNARY_COUNT];
  cc_binary_kernel *binary[CC_BINARY_COUNT];
  void (*scale)(size_t count, float factor, float offset, const float *x, float *y);
  void (*accumulate)(size_t count, float factor, const float *x, float *y);
} cc_elementwise_kernels;

/// float32, by activation, as the functions of activation.h.
typedef struct {
  void (*forward[CC_ACTIVATION_COUNT])(size_t count, float p, float q, const float *x, float *y);
  void (*backward[CC_ACTIVATION_COUNT])(size_t count, float p, float q, const float *x, const float *y, const float *dy,
                                        float *dx);
} cc_activation_kernels;

/// float32, one for each rule; state: as many arrays as the rule keeps.
typedef void cc_optimizer_kernel(const cc_optimizer_factors *factors, size_t count, const float *gradient, float *weights,
                                 float *const *state);

/// float32, as the functions of loss.h. scratch: classes · 16 floats, twice that for softmax_gradient.
typedef struct {
  void (*softmax)(bool log, size_t rows, size_t classes, const float *x, float *y, float *scratch);
  void (*softmax_gradient)(bool log, size_t rows, size_t classes, const float *y, const float *dy, float *dx, float *scratch);
  void (*cross_entropy)(bool interleaved, size_t rows, size_t classes, const float *logits, const int32_t *labels,
                        float gradient_scale, float *losses, float *gradient, float *scratch);
} cc_loss_kernels;

/// float32, as the functions of random.h; bits: words stored as they are.
typedef struct {
  void (*uniform)(const cc_random *random, size_t count, float low, float high, float *y);
  void (*normal)(const cc_random *random, size_t count, float mean, float deviation, float *y);
  void (*bits)(const cc_random *random, size_t count, float *y);
  /// factor: of the elements that stay.
  void (*dropout)(const cc_random *random, float rate, float factor, size_t count, const float *x, float *y);
} cc_random_kernels;

typedef struct {
  const char *name;
  cc_gemm_kernels gemm;
  cc_elementwise_kernels elementwise;
  cc_activation_kernels activation;
  cc_loss_kernels loss;
  cc_norm_kernels norm;
  cc_optimizer_kernel *optimizer[CC_RMSPROP_CENTERED + 1];
  cc_random_kernels random;
  cc_conv_kernels conv;
  cc_winograd_kernels winograd;
  cc_pool_kernels pool;
  cc_plane_kernels plane;
  cc_window_kernels window;
  cc_layout_kernels layout;
} cc_kernels;

extern const cc_kernels cc_kernels_baseline;
#if defined(__x86_64__)
extern const cc_kernels cc_kernels_avx512, cc_kernels_avx2;
#endif

const cc_kernels *cc_active_kernels(void);
