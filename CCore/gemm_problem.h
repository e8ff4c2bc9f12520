// One description of a matrix product for both layouts, between the drivers (gemm.c, linear.c) and the kernel.
#pragma once
#include "ccore.h"

/// A matrix cut into blocks of 16 columns: element (r, c) is data[c / 16 · block_stride + r · row_stride + c % 16].
///
/// A row-major matrix has block_stride 16 and row_stride ld. An interleaved activation [blocks][features][16 images] is
/// a features × images matrix with block_stride features · 16 and row_stride 16.
typedef struct {
  float *data;
  size_t row_stride, block_stride;
  bool whole_blocks;  // memory holds all 16 columns of the last block
} cc_matrix;

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
  bool transpose_a, transpose_b;
  cc_gemm_start start;
  const float *bias;
} cc_gemm_problem;

enum {
  CC_GEMM_TILE_ROWS = 6,        // the split is in units of these
  CC_GEMM_TILE_COLUMNS = 64,
  CC_GEMM_MOST_ROWS = 192,      // rows of one task
  CC_GEMM_MOST_ROWS_TRANSPOSED = 96,  // with a transposed: they are copied to the task's stack
  CC_GEMM_MOST_COLUMNS = 256,
};

/// Splits c over tasks and runs them. Each element is summed in order of k, wherever the splits are.
void cc_gemm_run(const cc_gemm_problem *problem);
