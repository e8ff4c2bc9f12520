// Row-major images <-> 16 images per vector, by 16 × 16 transposes: 16 features of 16 images at a time.
#pragma once
#include "kernels.h"
#include "vector.h"

// Features [begin, end) of one block. x: the first image of the block, `features` floats each; y: [features][16].
static void interleave_block(size_t images, size_t features, size_t begin, size_t end, const float *x, float *y) {
  for (size_t at = begin; at < end; at += 16) {
    size_t count = end - at < 16 ? end - at : 16;
    v16 rows[16];
    if (images == 16 && count == 16) {
      // More streams than processors foresee.
      UNROLL for (int i = 0; i < 16; i++) {
        rows[i] = load(x + i * features + at);
        __builtin_prefetch(x + i * features + at + 32);
      }
    } else {
      float tail[16][16] = {0};
      for (size_t i = 0; i < images; i++) memcpy(tail[i], x + i * features + at, count * sizeof(float));
      UNROLL for (int i = 0; i < 16; i++) rows[i] = load(tail[i]);
    }
    transpose16(rows);
    if (count == 16) {
      UNROLL for (int i = 0; i < 16; i++) store(y + (at + i) * 16, rows[i]);
    } else {
      float tail[16][16];
      UNROLL for (int i = 0; i < 16; i++) store(tail[i], rows[i]);
      memcpy(y + at * 16, tail, count * sizeof tail[0]);
    }
  }
}

// The inverse. x: [features][16]; y: the first image of the block.
static void deinterleave_block(size_t images, size_t features, size_t begin, size_t end, const float *x, float *y) {
  for (size_t at = begin; at < end; at += 16) {
    size_t count = end - at < 16 ? end - at : 16;
    v16 rows[16];
    if (count == 16) {
      UNROLL for (int i = 0; i < 16; i++) rows[i] = load(x + (at + i) * 16);
    } else {
      float tail[16][16] = {0};
      memcpy(tail, x + at * 16, count * sizeof tail[0]);
      UNROLL for (int i = 0; i < 16; i++) rows[i] = load(tail[i]);
    }
    transpose16(rows);
    if (images == 16 && count == 16) {
      UNROLL for (int i = 0; i < 16; i++) store(y + i * features + at, rows[i]);
    } else {
      float tail[16][16];
      UNROLL for (int i = 0; i < 16; i++) store(tail[i], rows[i]);
      for (size_t i = 0; i < images; i++) memcpy(y + i * features + at, tail[i], count * sizeof(float));
    }
  }
}
