// What this processor can do at this moment: every figure of a benchmark is read against these.
#pragma once
#include <stddef.h>

/// fp32 operations per second of `threads` cores at work together, in GFLOP/s (a fused multiply-add counts as two): each
/// core's best of several short runs of independent multiply-add chains in the widest registers.
double probe_peak_gflops(int threads);

/// Bytes per second that `threads` cores together read from memory, in GB/s: each core's best of several sums over its
/// share of 256 MiB.
double probe_memory_bandwidth(int threads);

/// Bytes that malloc has taken from the system and not given back.
size_t probe_held_bytes(void);
