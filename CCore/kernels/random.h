// Philox4x32-10 on vectors (see random.c for the scalar form), and what is made of its words in float32.
//
// A word is kept in the low half of a 64-bit lane: the 32 × 32 -> 64 bit product is then one instruction that ignores
// what lies above, so high halves are cleared only at the end.
#pragma once
#include "kernels.h"
#include "math.h"

typedef uint64_t u64x8 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));

enum {
  GROUP = 32,  // words of 8 counters
  ROUNDS = 10,
  GROUPS = CC_REGISTERS >= 32 ? 3 : 1,  // at a time: a round waits for the product of the one before
};

typedef struct {
  uint64_t key[ROUNDS][2];  // in 64-bit lanes
} philox_keys;

INLINE philox_keys keys_of(const cc_random *random) {
  philox_keys keys;
  uint32_t key0 = (uint32_t)random->key, key1 = (uint32_t)(random->key >> 32);
  for (int round = 0; round < ROUNDS; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u)
    keys.key[round][0] = key0, keys.key[round][1] = key1;
  return keys;
}

// The words of the blocks from first_block on of a stream, in order.
INLINE void philox_groups(const philox_keys *keys, uint64_t stream, uint64_t first_block, const int COUNT,
                          u32x16 words[][2]) {
  const u64x8 low = (u64x8){} + 0xffffffffu;
  u64x8 x0[GROUPS], x1[GROUPS], x2[GROUPS], x3[GROUPS];
  UNROLL for (int g = 0; g < COUNT; g++) {
    x0[g] = (u64x8){0, 1, 2, 3, 4, 5, 6, 7} + first_block + 8 * (uint64_t)g, x1[g] = x0[g] >> 32;
    x2[g] = (u64x8){} + stream, x3[g] = x2[g] >> 32;
  }
  UNROLL for (int round = 0; round < ROUNDS; round++)
    UNROLL for (int g = 0; g < COUNT; g++) {
      u64x8 p0 = (x0[g] & low) * 0xD2511F53u, p1 = (x2[g] & low) * 0xCD9E8D57u;
      x0[g] = (p1 >> 32) ^ x1[g] ^ keys->key[round][0];
      x2[g] = (p0 >> 32) ^ x3[g] ^ keys->key[round][1];
      x1[g] = p1;
      x3[g] = p0;
    }
  UNROLL for (int g = 0; g < COUNT; g++) {
    u64x8 a = (x0[g] & low) | x1[g] << 32, b = (x2[g] & low) | x3[g] << 32;
    words[g][0] = (u32x16)__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    words[g][1] = (u32x16)__builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  }
}

// 24 bits -> [0, 1).
INLINE v16 unit16(u32x16 words) { return __builtin_convertvector((i16)(words >> 8), v16) * 0x1p-24f; }

// uniform: low + u · (high − low). normal: mean, deviation. dropout: rate, factor of what stays.
typedef enum { BITS, UNIFORM, NORMAL, DROPOUT } random_kind;

INLINE void uniform_values(const u32x16 words[2], float low, float high, float last, v16 value[2]) {
  UNROLL for (int h = 0; h < 2; h++) {
    v16 u = unit16(words[h]) * (high - low) + low;
    value[h] = select16(u > last, splat(last), u);
  }
}

// Box–Muller: of a pair u, v of uniform numbers, radius √(−2 log(1 − u)) and angle 2π·v.
INLINE void normal_values(const u32x16 words[2], float mean, float deviation, v16 value[2]) {
  v16 first = unit16(words[0]), second = unit16(words[1]), sine, cosine;
  v16 u = __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  v16 v = __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  v16 radius = __builtin_elementwise_sqrt(-2.0f * log16(1.0f - u));
  sine_cosine16(v, &sine, &cosine);
  v16 even = radius * cosine * deviation + mean, odd = radius * sine * deviation + mean;
  value[0] = __builtin_shufflevector(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  value[1] = __builtin_shufflevector(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// x: the group's elements.
INLINE void dropout_values(const u32x16 words[2], float rate, float factor, const float *x, v16 value[2]) {
  UNROLL for (int h = 0; h < 2; h++)
    value[h] = select16(unit16(words[h]) >= rate, load(x + 16 * h) * factor, splat(0));
}

// What is made of the words of a group. x: the group's elements.
INLINE void group_values(const random_kind KIND, const u32x16 words[2], float p, float q, float last, const float *x,
                         v16 value[2]) {
  if (KIND == BITS) value[0] = (v16)words[0], value[1] = (v16)words[1];
  if (KIND == UNIFORM) uniform_values(words, p, q, last, value);
  if (KIND == NORMAL) normal_values(words, p, q, value);
  if (KIND == DROPOUT) dropout_values(words, p, q, x, value);
}

// Elements from random->position on, in groups aligned in the sequence, whatever the position.
INLINE void random_loop(const random_kind KIND, const cc_random *random, size_t count, float p, float q, const float *x,
                        float *y) {
  float last = KIND == UNIFORM && p < q ? nextafterf(q, p) : p;  // what rounding up to `high` becomes
  const philox_keys keys = keys_of(random);
  for (size_t i = 0; i < count;) {
    uint64_t position = random->position + i, block = position / GROUP * (GROUP / 4);
    size_t skip = position % GROUP, part = GROUP - skip < count - i ? GROUP - skip : count - i;
    u32x16 words[GROUPS][2];
    v16 value[2];
    if (skip == 0 && count - i >= GROUPS * GROUP) {
      philox_groups(&keys, random->stream, block, GROUPS, words);
      UNROLL for (int g = 0; g < GROUPS; g++, i += GROUP) {
        group_values(KIND, words[g], p, q, last, x + i, value);
        store(y + i, value[0]), store(y + i + 16, value[1]);
      }
      continue;
    }
    philox_groups(&keys, random->stream, block, 1, words);
    float copy[GROUP] = {0};
    if (KIND == DROPOUT) memcpy(copy + skip, x + i, part * sizeof *x);
    group_values(KIND, words[0], p, q, last, copy, value);
    memcpy(y + i, (const float *)value + skip, part * sizeof *y);
    i += part;
  }
}

static void random_bits(const cc_random *random, size_t count, float *y) {
  random_loop(BITS, random, count, 0, 0, NULL, y);
}
static void random_uniform(const cc_random *random, size_t count, float low, float high, float *y) {
  random_loop(UNIFORM, random, count, low, high, NULL, y);
}
static void random_normal(const cc_random *random, size_t count, float mean, float deviation, float *y) {
  random_loop(NORMAL, random, count, mean, deviation, NULL, y);
}
static void dropout(const cc_random *random, float rate, float factor, size_t count, const float *x, float *y) {
  random_loop(DROPOUT, random, count, rate, factor, x, y);
}

#define RANDOM_KERNELS {random_uniform, random_normal, random_bits, dropout}
