// Elementary functions of 16 floats. Polynomials: least maximum relative error on the reduced range, found by weighted
// least squares. Denormal arguments and results count as zero, because tasks flush them (log alone reads them).
#pragma once
#include "../formulas.h"
#include "tanh_table.h"
#include "vector.h"

INLINE v16 absolute16(v16 x) { return (v16)((i16)x & 0x7fffffff); }
INLINE v16 copy_sign16(v16 size, v16 sign) { return (v16)((i16)size | ((i16)sign & (int32_t)0x80000000)); }

/// e^x = 2^n · e^r, n = round(x / ln 2), |r| ≤ ln 2 / 2; ln 2 in two parts, so that n times the first is exact.
INLINE v16 exp16(v16 x) {
  x = select16(x > 89.0f, splat(89), x);      // 2^128 and above: infinite; NaN stays
  x = select16(x < -104.0f, splat(-104), x);  // 2^-150 and below: 0
  v16 shifted = x * 1.44269504f + 12582912.0f;  // rounds by adding 1.5 · 2^23: n is in the low bits
  v16 n = shifted - 12582912.0f;
  v16 r = x - n * 0.693359375f + n * 2.12194440e-4f;
  v16 p = splat(1.381446724e-03f);
  p = p * r + 8.368780836e-03f;
  p = p * r + 4.166839272e-02f;
  p = p * r + 1.666651964e-01f;
  p = p * r + 4.999999404e-01f;
  p = p * (r * r) + r + 1.0f;
  // 2^n in two factors: one alone would overflow before its product does.
  i16 exponent = (i16)shifted - 0x4b400000, half = exponent >> 1;
  return p * (v16)((half + 127) << 23) * (v16)((exponent - half + 127) << 23);
}

/// log x = e · ln 2 + log m, x = 2^e · m, √½ ≤ m < √2, log(1 + f) = f − f²/2 + f³·P(f).
INLINE v16 log16(v16 x) {
  i16 bits = (i16)x;
  i16 size = bits & 0x7fffffff, denormal = size < 0x00800000;
  // A denormal is size · 2^−149, read as an integer because it is flushed as a float; so is 0.
  i16 scaled = (i16)select16(denormal, __builtin_convertvector(size, v16), x);
  i16 exponent = (scaled - 0x3f3504f3) >> 23;  // the bits of √½
  v16 f = (v16)(scaled - (exponent << 23)) - 1.0f;
  v16 e = __builtin_convertvector(exponent + (denormal & -149), v16);
  v16 p = splat(-7.635655254e-02f);
  p = p * f + 1.276332736e-01f;
  p = p * f - 1.316058189e-01f;
  p = p * f + 1.420155317e-01f;
  p = p * f - 1.662329882e-01f;
  p = p * f + 2.000123411e-01f;
  p = p * f - 2.500082254e-01f;
  p = p * f + 3.333333135e-01f;
  v16 result = p * f * (f * f) - e * 2.12194440e-4f - 0.5f * (f * f) + f + e * 0.693359375f;
  result = select16(bits == 0x7f800000, x, result);
  result = select16((bits < 0) | (bits > 0x7f800000), splat(__builtin_nanf("")), result);
  return select16((v16)scaled == 0.0f, splat(-__builtin_inff()), result);
}

/// a / b for normal b whose inverse is normal too, within 1 ULP. AVX-512's division takes as long as sixteen products, its
/// estimate of 14 bits and a correction as long as five.
INLINE v16 divide16(v16 a, v16 b) {
#if CC_HAS_AVX512
  v16 inverse = (v16)__builtin_ia32_rcp14ps512_mask(b, splat(0), (unsigned short)-1), y = a * inverse;
  return y + inverse * (a - y * b);
#else
  return a / b;
#endif
}

/// Of |x| ≤ 9.02, beyond which the result rounds to ±1: polynomials of a table if the registers hold it, else x·P(x²) / Q(x²).
INLINE v16 tanh16(v16 x) {
  v16 size = absolute16(x);
  size = select16(size > 9.02f, splat(9.02f), size);
#if CC_HAS_AVX512
  const i16 interval = (i16)(size + 0.75f) >> 20;
  v16 p = look_up32(TANH_COEFFICIENTS[4], interval);
  UNROLL for (int power = 3; power >= 0; power--) p = p * size + look_up32(TANH_COEFFICIENTS[power], interval);
  return copy_sign16(p, x);
#else
  v16 t = size * size;
  v16 p = splat(1.331916997e-08f);
  p = p * t + 2.058356123e-05f;
  p = p * t + 3.494039787e-03f;
  p = p * t + 1.337972258e-01f;
  p = p * t + 9.999999800e-01f;
  v16 q = splat(7.762062247e-07f);
  q = q * t + 3.283101117e-04f;
  q = q * t + 2.587109326e-02f;
  q = q * t + 4.671303766e-01f;
  q = q * t + 1.0f;
  v16 y = divide16(size * p, q);
  return copy_sign16(select16(y > 1.0f, splat(1), y), x);
#endif
}

INLINE v16 sigmoid16(v16 x) {
  x = select16(x < -88.0f, splat(-88), x);  // e^88 is finite, its inverse counts as zero
  return divide16(splat(1), 1.0f + exp16(-x));
}

/// log(1 + e^x) = max(x, 0) + log(1 + u), u = e^−|x|. What 1 + u loses by rounding is put back by u / ((1 + u) − 1).
INLINE v16 softplus16(v16 x) {
  v16 u = exp16(-absolute16(x)), w = 1.0f + u;
  v16 log1p = select16(w == 1.0f, u, log16(w) * u / (w - 1.0f));
  return select16(x > 0.0f, x, splat(0)) + log1p;
}

/// e^x − 1 = 2t / (1 − t), t = tanh(x / 2): no cancellation near 0, and none elsewhere while t is below ½.
INLINE v16 expm116(v16 x) {
  v16 t = tanh16(0.5f * x);
  v16 y = select16(x > 1.0f, exp16(x) - 1.0f, divide16(2.0f * t, 1.0f - t));
  return select16(absolute16(x) < 3e-4f, x + 0.5f * x * x, y);
}

/// x·P(x²) near 0, else 1 − e^P(|x|), where P is about the logarithm of 1 − erf; 1 beyond 4.
INLINE v16 erf16(v16 x) {
  v16 size = absolute16(x), t = size * size;
  v16 near = splat(-5.999342624e-04f);
  near = near * t + 4.994818240e-03f;
  near = near * t - 2.676771194e-02f;
  near = near * t + 1.128184574e-01f;
  near = near * t - 3.761249644e-01f;
  near = near * t + 1.128379150e+00f;
  v16 far_size = select16(size > 4.0f, splat(4), size);
  v16 far = splat(1.949482168e-04f);
  far = far * far_size - 3.033707448e-03f;
  far = far * far_size + 2.218983948e-02f;
  far = far * far_size - 1.038565100e-01f;
  far = far * far_size - 6.372655917e-01f;
  far = far * far_size - 1.127627499e+00f;
  far = far * far_size - 2.069838007e-04f;
  return copy_sign16(select16(size < 0.92f, near * size, 1.0f - exp16(far)), x);
}

/// sin and cos of 2π·turns, 0 ≤ turns < 1: quadrant q = round(4·turns) and t = 4·turns − q, both exact.
INLINE void sine_cosine16(v16 turns, v16 *sine, v16 *cosine) {
  v16 shifted = turns * 4.0f + 12582912.0f;
  v16 t = turns * 4.0f - (shifted - 12582912.0f), square = t * t;
  v16 s = splat(-4.601659253e-03f);
  s = s * square + 7.968003303e-02f;
  s = s * square - 6.459634900e-01f;
  s = (s * square + 1.570796371f) * t;
  v16 c = splat(9.037665441e-04f);
  c = c * square - 2.086016536e-02f;
  c = c * square + 2.536692321e-01f;
  c = c * square - 1.233700514f;
  c = c * square + 1.0f;
  i16 quadrant = (i16)shifted & 3, odd = (quadrant & 1) == 1;
  v16 sine_of_quadrant = select16(odd, c, s), cosine_of_quadrant = select16(odd, s, c);
  *sine = (v16)((i16)sine_of_quadrant ^ ((quadrant & 2) << 30));
  *cosine = (v16)((i16)cosine_of_quadrant ^ (((quadrant + 1) & 2) << 30));
}

INLINE v16 sqrt16(v16 x) { return __builtin_elementwise_sqrt(x); }
INLINE v16 floor16(v16 x) { return __builtin_elementwise_floor(x); }
INLINE v16 ceil16(v16 x) { return __builtin_elementwise_ceil(x); }
INLINE v16 rint16(v16 x) { return __builtin_elementwise_rint(x); }
INLINE v16 trunc16(v16 x) { return __builtin_elementwise_trunc(x); }

// Lane by lane through libm.
#define LANE_BY_LANE(NAME, CALL) \
  INLINE v16 NAME##16(v16 x) { \
    v16 result; \
    for (int i = 0; i < 16; i++) result[i] = CALL(x[i]); \
    return result; \
  }
LANE_BY_LANE(sin, sinf)
LANE_BY_LANE(cos, cosf)
LANE_BY_LANE(tan, tanf)
LANE_BY_LANE(asin, asinf)
LANE_BY_LANE(acos, acosf)
LANE_BY_LANE(atan, atanf)
LANE_BY_LANE(sinh, sinhf)
LANE_BY_LANE(cosh, coshf)
LANE_BY_LANE(asinh, asinhf)
LANE_BY_LANE(acosh, acoshf)
LANE_BY_LANE(atanh, atanhf)
LANE_BY_LANE(log1p, log1pf)
#undef LANE_BY_LANE
#define LANE_BY_LANE(NAME, CALL) \
  INLINE v16 NAME##16(v16 x, v16 y) { \
    v16 result; \
    for (int i = 0; i < 16; i++) result[i] = (float)CALL(x[i], y[i]); \
    return result; \
  }
LANE_BY_LANE(pow, powf)
LANE_BY_LANE(hypot, hypotf)
LANE_BY_LANE(atan2, atan2f)
LANE_BY_LANE(modulo, cc_modulo)
#undef LANE_BY_LANE
