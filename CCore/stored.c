#include "stored.h"
#include <string.h>

static inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float from_float16(uint16_t x) {
  uint32_t sign = (uint32_t)(x & 0x8000) << 16, magnitude = x & 0x7FFF;
  // Below 2⁻¹⁴ the exponent is not stored: the magnitude counts steps of 2⁻²⁴.
  if (magnitude < 0x400) return (sign ? -1.f : 1.f) * (float)magnitude * 0x1p-24f;
  // The exponent's bias grows from 15 to 127; that of infinities and NaN to the largest.
  uint32_t bias = magnitude < 0x7C00 ? 112u << 23 : 224u << 23;
  return from_bits(sign | ((magnitude << 13) + bias));
}

#define WIDEN(from, to, expression)                                  \
  {                                                                  \
    const from *source = x;                                          \
    to *target = y;                                                  \
    for (size_t i = 0; i < count; i++) target[i] = expression;       \
    return CC_OK;                                                    \
  }

cc_status cc_widen(cc_stored type, size_t count, const void *x, void *y) {
  if (!x || !y) return CC_BAD_POINTER;
  switch (type) {
  case CC_STORED_FLOAT16: WIDEN(uint16_t, float, from_float16(source[i]))
  case CC_STORED_BFLOAT16: WIDEN(uint16_t, float, from_bits((uint32_t)source[i] << 16))
  case CC_STORED_INT8: WIDEN(int8_t, int32_t, source[i])
  case CC_STORED_INT16: WIDEN(int16_t, int32_t, source[i])
  case CC_STORED_UINT16: WIDEN(uint16_t, int32_t, source[i])
  case CC_STORED_UINT32: WIDEN(uint32_t, int64_t, source[i])
  }
  return CC_UNSUPPORTED;
}

#define SWAP(type, swap)                                              \
  {                                                                   \
    type *words = x;                                                  \
    for (size_t i = 0; i < count; i++) words[i] = swap(words[i]);     \
    return CC_OK;                                                     \
  }

cc_status cc_swap_bytes(size_t word_bytes, size_t count, void *x) {
  if (!x) return CC_BAD_POINTER;
  switch (word_bytes) {
  case 1: return CC_OK;
  case 2: SWAP(uint16_t, __builtin_bswap16)
  case 4: SWAP(uint32_t, __builtin_bswap32)
  case 8: SWAP(uint64_t, __builtin_bswap64)
  }
  return CC_UNSUPPORTED;
}
