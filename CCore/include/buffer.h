// Buffers of tensors: 64-byte aligned blocks that are kept for reuse, so that a training step takes no memory from the
// system after the first one.
#pragma once
#include "ccore.h"

typedef struct {
  size_t bytes_in_use;     // taken and not given back
  size_t bytes_kept;       // given back and waiting for reuse
  size_t system_requests;  // how often the system was asked for memory
} cc_buffer_statistics;

/// A block of at least `bytes` bytes, 64-byte aligned, its content undefined; NULL if there is no memory. Thread-safe.
void *cc_buffer_take(size_t bytes);

/// Gives a block back; `bytes` as it was taken. NULL is ignored. Thread-safe.
void cc_buffer_give(void *block, size_t bytes);

/// Returns all blocks that wait for reuse to the system.
void cc_buffer_trim(void);

cc_buffer_statistics cc_buffer_get_statistics(void);
