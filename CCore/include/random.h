// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC11). Element i is a function of (key, stream, position + i) alone: the same for any number of threads.
#pragma once
#include "ccore.h"

typedef struct {
  uint64_t key;       // the seed
  uint64_t stream;    // independent sequences of one seed: the upper half of the counter
  uint64_t position;  // of the first element drawn; element e uses word e mod 4 of block e / 4 (float64: words 2(e mod 2), of block e / 2)
} cc_random;

/// The four words of one Philox4x32-10 block.
void cc_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4]);

/// Uniform in [low, high): float32 from 24 bits, float64 from 53.
cc_status cc_random_uniform(cc_dtype dtype, cc_random random, size_t count, double low, double high, void *y);

/// Normal by Box–Muller on the pairs of uniform numbers of (even, odd) elements.
cc_status cc_random_normal(cc_dtype dtype, cc_random random, size_t count, double mean, double deviation, void *y);

/// Uniform 32-bit words.
cc_status cc_random_bits(cc_random random, size_t count, uint32_t *y);

/// y[i] = uniform(i) ≥ rate ? x[i] / (1 − rate) : 0, uniform(i) as cc_random_uniform in float32. The gradient is the same call on dy.
/// float32 and float64; y may be x; rate in [0, 1].
cc_status cc_dropout(cc_dtype dtype, cc_random random, double rate, size_t count, const void *x, void *y);
