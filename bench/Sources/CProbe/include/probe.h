// What this processor can do at this moment: every figure of a benchmark is read against these.
#pragma once

/// fp32 operations per second of one core in GFLOP/s (a fused multiply-add counts as two): the best of several short
/// runs of independent multiply-add chains in the widest registers.
double probe_peak_gflops(void);

/// Bytes read per second from memory by one core, in GB/s: the best of several sums over 256 MiB.
double probe_memory_bandwidth(void);
