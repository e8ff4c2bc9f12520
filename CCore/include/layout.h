// Between the two layouts, and between views and contiguous arrays.
#pragma once
#include "ccore.h"

/// Elements of a float32 buffer in the interleaved layout: ⌈batch / 16⌉ · 16 · features.
size_t cc_interleaved_count(int32_t batch, size_t features);

/// x: [batch][features] row-major float32 -> y: [⌈batch / 16⌉][features][16]; lanes past the batch become 0.
cc_status cc_interleave(int32_t batch, size_t features, const float *x, float *y);

/// The inverse: lanes past the batch are dropped.
cc_status cc_deinterleave(int32_t batch, size_t features, const float *x, float *y);

enum { CC_MAX_RANK = 8 };

/// Copies a strided view to a contiguous array: y[i0][i1]… = x[i0·strides[0] + i1·strides[1] + …].
///
/// Strides are in elements of element_bytes (1, 2, 4, 8 or 16) and may be 0 (broadcast) or negative.
/// rank: 0 to CC_MAX_RANK. y must not overlap x.
cc_status cc_copy_strided(size_t element_bytes, int32_t rank, const size_t *shape, const ptrdiff_t *strides,
                          const void *x, void *y);

/// The inverse: writes a contiguous array x into a strided view of y.
cc_status cc_copy_into_strided(size_t element_bytes, int32_t rank, const size_t *shape, const ptrdiff_t *strides,
                               const void *x, void *y);

/// y[i] = x[i] in another dtype. To bool: x ≠ 0. From float to an integer type: truncated towards zero, saturated; NaN becomes 0.
/// From complex to anything but bool: the real part.
cc_status cc_cast(cc_dtype from, cc_dtype to, size_t count, const void *x, void *y);

/// y[i] = start + i · step, in double precision.
cc_status cc_ramp(size_t count, double start, double step, double *y);

/// One axis by indices: x: outer × size × inner, y: outer × count × inner. The index for (o, k, i) lies at
/// o·index_strides[0] + k·index_strides[1] + i·index_strides[2]; it is in −size ..< size and counts from the end if negative.
typedef struct {
  size_t outer, size, inner, count;
  size_t index_strides[3];
} cc_gather_shape;

/// y[o][k][i] = x[o][index(o, k, i)][i]. CC_BAD_INDEX, and y undefined, if an index is out of range.
cc_status cc_gather(const cc_gather_shape *shape, size_t element_bytes, const int64_t *indices, const void *x, void *y);

/// The adjoint: y[o][index(o, k, i)][i] += x[o][k][i], in order of k; x: outer × count × inner, y: outer × size × inner.
/// All dtypes but bool; integers wrap. CC_BAD_INDEX, and y partly added to, if an index is out of range.
cc_status cc_scatter_add(const cc_gather_shape *shape, cc_dtype dtype, const int64_t *indices, const void *x, void *y);

/// y[i] = value.
cc_status cc_fill(cc_dtype dtype, size_t count, double value, void *y);
