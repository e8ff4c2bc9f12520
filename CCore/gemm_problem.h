// One description of a matrix product for both layouts, between the drivers (gemm.c, linear.c) and the kernel.
#pragma once
#include "ccore.h"
#include "parallel.h"

/// A matrix cut into blocks of 16 columns: element (r, c) is data[c / 16 · block_stride + r · row_stride + c % 16].
///
/// A row-major matrix has block_stride 16 and row_stride ld. An interleaved activation [blocks][features][16 images] is
/// a features × images matrix with block_stride features · 16 and row_stride 16.
typedef struct {
  float *data;
  size_t row_stride, block_stride;
  bool whole_blocks;  // memory holds all 16 columns of the last block
} cc_matrix;

/// An image as the matrix of its patches, (C · R · S taps) × (output pixels): element (tap, pixel) is the pixel of x under
/// that tap, 0 outside. A convolution is the product of its weights and this, which is never stored (im2col). Of a block of
/// interleaved images a pixel is 16 columns.
typedef struct {
  const float *x;                        // [channels][in_height][in_width][lanes]
  size_t lanes;                          // 1 or 16
  int32_t in_height, in_width, out_width;
  int32_t kernel_height, kernel_width;
  int64_t stride_height, stride_width, dilation_height, dilation_width;
  int64_t pad_top, pad_left;             // negative if x is cropped
} cc_patches;

typedef enum {
  CC_START_ZERO,
  CC_START_C,              // c += a·b
  CC_START_ROW_BIAS,       // c[i][j] starts as bias[i]
  CC_START_COLUMN_BIAS,    // as bias[j]
} cc_gemm_start;

/// c (m × n) = start + a (m × k) · b (k × n), or with a stored as k × m (row-major only), b as n × k.
typedef struct {
  size_t m, n, k;
  cc_matrix a, b, c;
  const cc_patches *patches;  // if not NULL: what b is, or with transpose_b what its transpose is
  bool transpose_a, transpose_b;
  cc_gemm_start start;
  const float *bias;
  cc_span columns;  // of c that are computed, from a multiple of 16 on; {0, 0}: all. The sums are those of the whole product
} cc_gemm_problem;

/// Which operands a task copies into its scratch memory, in the order in which they are read.
typedef struct {
  bool a, b;
} cc_gemm_packing;

enum {
  CC_GEMM_TILE_ROWS = 6,     // the split is in units of these,
  CC_GEMM_PACKED_ROWS = 48,  // or if a is packed: whole tiles and whole cache lines
  CC_GEMM_TILE_COLUMNS = 64,
  CC_GEMM_MOST_COLUMNS = 512,     // of one task: KC rows of b stay in the second-level cache; more of shorter ones
  CC_GEMM_PANEL_DEPTH = 512,      // KC
  CC_GEMM_PANEL_ROWS = 192,       // MC
  CC_GEMM_CACHED_ELEMENTS = 1 << 19,  // of a and b: what may stay in the second-level cache
  CC_GEMM_PACKED_PAD = 48,  // floats after 16 columns of b: at whole pages a row would fall on one cache set
  CC_GEMM_PACKED_FLOATS = CC_GEMM_MOST_COLUMNS / 16 * (CC_GEMM_PANEL_DEPTH * 16 + CC_GEMM_PACKED_PAD),
  CC_GEMM_SCRATCH_FLOATS = CC_GEMM_PACKED_FLOATS + CC_GEMM_PANEL_DEPTH * CC_GEMM_PANEL_ROWS,
};

/// Floats of 16 columns of packed b, with those to the next.
static inline size_t cc_gemm_packed_block(size_t depth) { return (depth + 15) / 16 * 256 + CC_GEMM_PACKED_PAD; }

/// Splits c over tasks and runs them. The order in which an element is summed follows from the shape, wherever the splits are.
/// CC_NO_MEMORY if there is none for packing.
cc_status cc_gemm_run(const cc_gemm_problem *problem);
