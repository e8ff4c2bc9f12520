// Numbers as files hold them: types that tensors do not have, and the other byte order.
#pragma once
#include "ccore.h"

/// Element types of files that are read as a wider dtype: the 16-bit floats as float32, CC_STORED_UINT32 as int64, the
/// others as int32. Every value is kept.
typedef enum {
  CC_STORED_FLOAT16,   // IEEE 754 binary16
  CC_STORED_BFLOAT16,  // the upper half of a float32
  CC_STORED_INT8, CC_STORED_INT16, CC_STORED_UINT16, CC_STORED_UINT32,
} cc_stored;

/// y[i] = x[i] in the wider dtype.
cc_status cc_widen(cc_stored from, size_t count, const void *x, void *y);

/// Reverses the bytes of every word, in place. word_bytes: 1, 2, 4 or 8.
cc_status cc_swap_bytes(size_t word_bytes, size_t count, void *x);
