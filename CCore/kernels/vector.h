// The portable vector: 16 floats, whatever the registers are (1 of AVX-512, 2 of AVX2, 4 of SSE or NEON).
//
// Rules: vectors are passed only to INLINE functions (no calling convention is involved then). Arrays of vectors that
// shall live in registers have a constant size and are indexed by fully unrolled loops.
#pragma once
#include "system.h"

typedef float v16 __attribute__((vector_size(64)));
typedef float v16_unaligned __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64)));      // 16 × int32
typedef uint16_t u16x16 __attribute__((vector_size(32)));  // 16 × uint16
typedef uint16_t u16x16_unaligned __attribute__((vector_size(32), aligned(2)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));     // 16 × uint8
typedef float v8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef float v8_unaligned __attribute__((vector_size(32), aligned(4)));
typedef float v4 __attribute__((vector_size(16)));
typedef float v4_unaligned __attribute__((vector_size(16), aligned(4)));

// Clang warns that a vector argument depends on the instruction set even where the call is always inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)
#define CC_HAS_AVX512 (CC_REGISTERS >= 32)
#define CC_HAS_AVX2 (CC_REGISTERS == 8)
#else
#define CC_HAS_AVX512 0
#define CC_HAS_AVX2 0
#endif
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE v16 splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE i16 splat_int(int32_t x) { return (i16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE v16 load(const float *p) { return *(const v16_unaligned *)p; }
INLINE void store(float *p, v16 x) { *(v16_unaligned *)p = x; }

/// How many of the lanes from element i on exist.
INLINE size_t lanes_left(size_t count, size_t i) { return count - i < 16 ? count - i : 16; }

#if CC_HAS_AVX2
/// All bits of those of the lanes 8 · half to 8 · half + 7 that are below `lanes`.
INLINE i8 mask_of_half(size_t lanes, int32_t half) {
  const int32_t left = (int32_t)lanes - 8 * half;
  return (i8){0, 1, 2, 3, 4, 5, 6, 7} < (i8){left, left, left, left, left, left, left, left};
}
#endif

/// The first `lanes` (1 to 16) elements at p, the others zero.
INLINE v16 load_lanes(const float *p, size_t lanes) {
  if (lanes == 16) return load(p);
#if CC_HAS_AVX512
  return (v16)__builtin_ia32_loadups512_mask(p, splat(0), (uint16_t)((1u << lanes) - 1));
#elif CC_HAS_AVX2
  const v8 low = __builtin_ia32_maskloadps256((const v8 *)p, mask_of_half(lanes, 0));
  const v8 high = __builtin_ia32_maskloadps256((const v8 *)(p + 8), mask_of_half(lanes, 1));
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  float lane[16] = {0};
  memcpy(lane, p, lanes * sizeof *lane);
  return load(lane);
#endif
}

INLINE void store_lanes(float *p, v16 x, size_t lanes) {
  if (lanes == 16) {
    store(p, x);
    return;
  }
#if CC_HAS_AVX512
  __builtin_ia32_storeups512_mask(p, x, (uint16_t)((1u << lanes) - 1));
#elif CC_HAS_AVX2
  __builtin_ia32_maskstoreps256((v8 *)p, mask_of_half(lanes, 0), __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7));
  __builtin_ia32_maskstoreps256((v8 *)(p + 8), mask_of_half(lanes, 1), __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
#else
  memcpy(p, &x, lanes * sizeof *p);
#endif
}

/// mask ? a : b for masks made by comparisons (all bits or none).
INLINE v16 select16(i16 mask, v16 a, v16 b) { return (v16)((mask & (i16)a) | (~mask & (i16)b)); }

#if CC_HAS_AVX512
/// table[index modulo 32]
INLINE v16 look_up32(const float *table, i16 index) {
  return __builtin_ia32_vpermi2varps512(load(table), index, load(table + 16));
}
#endif

/// Sum of the lanes, always in the same tree order.
INLINE float horizontal_sum(v16 v) {
  v8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[1]) + (b[2] + b[3]);
}

/// The sums of four vectors: half the shuffles of four horizontal sums.
INLINE v4 horizontal_sum4(v16 p, v16 q, v16 r, v16 s) {
#define HALVES(v) \
  (__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))
#define PAIRS(a, b) \
  (__builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13) + __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15))
  v8 a = HALVES(p), b = HALVES(q), c = HALVES(r), d = HALVES(s);
  v8 ab = PAIRS(a, b), cd = PAIRS(c, d);
  v8 e = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
  return __builtin_shufflevector(e, e, 0, 1, 2, 3) + __builtin_shufflevector(e, e, 4, 5, 6, 7);
#undef HALVES
#undef PAIRS
}

/// rows[i][j] <-> rows[j][i]: four rounds of interleaving row i with row i + 8.
INLINE void transpose16(v16 rows[16]) {
  UNROLL for (int round = 0; round < 4; round++) {
    v16 next[16];
    UNROLL for (int i = 0; i < 8; i++) {
      next[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] =
          __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLL for (int i = 0; i < 16; i++) rows[i] = next[i];
  }
}
