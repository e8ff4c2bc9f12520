// The formulas of formulas.h as loops over float64, complex numbers, integers and bools.
#include "loops.h"
#include "formulas.h"
#include <complex.h>
#include <math.h>

// NULL where there is no such operation.
typedef struct {
  cc_unary_kernel *unary[CC_UNARY_COUNT];
  cc_unary_gradient_kernel *gradient[CC_UNARY_COUNT];
  cc_binary_kernel *binary[CC_BINARY_COUNT];
} loop_table;

#define NOTHING(F)
#define ITSELF(x) x

// ------------------------------------------------------------------------------------------------ float64

static double choose(bool condition, double a, double b) { return condition ? a : b; }
static double absolute(double x) { return fabs(x); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static double modulo(double a, double b) { return cc_modulo(a, b); }
#define constant (double)
#define fn(name) name
#define NAME(f) float64_##f
#define TYPE double
#define WIDE double
#define CONJUGATE ITSELF
#define UNARY CC_UNARY_FORMULAS
#define GRADIENT CC_UNARY_GRADIENT_FORMULAS
#define ARITHMETIC CC_FLOAT_ARITHMETIC_FORMULAS
#define COMPARISON CC_COMPARISON_FORMULAS
#include "typed_loops.h"
#undef fn

// ------------------------------------------------------------------------------------------------ complex

typedef double _Complex number;
static number csigmoid(number x) { return 1 / (1 + cexp(-x)); }
// cpow takes the logarithm of 0.
static number complex_power(number a, number b) { return b == 0 ? 1 : a == 0 && creal(b) > 0 ? 0 : cpow(a, b); }
#define cpow complex_power
#define fn(name) c##name

#define NAME(f) complex64_##f
#define TYPE float _Complex
#define WIDE number
#define CONJUGATE conj
#define UNARY CC_ANALYTIC_FORMULAS
#define GRADIENT CC_ANALYTIC_GRADIENT_FORMULAS
#define ARITHMETIC CC_FIELD_FORMULAS
#define COMPARISON CC_EQUALITY_FORMULAS
#include "typed_loops.h"

#define NAME(f) complex128_##f
#define TYPE number
#define WIDE number
#define CONJUGATE conj
#define UNARY CC_ANALYTIC_FORMULAS
#define GRADIENT CC_ANALYTIC_GRADIENT_FORMULAS
#define ARITHMETIC CC_FIELD_FORMULAS
#define COMPARISON CC_EQUALITY_FORMULAS
#include "typed_loops.h"

// ------------------------------------------------------------------------------------------------ integers

// x / 0 = x mod 0 = 0, and a negative exponent gives the integer part of the real power (0 for 0).
static uint64_t integer_power(uint64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == UINT64_MAX ? (exponent % 2 ? base : 1) : 0;
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

static int64_t integer_modulo(int64_t a, int64_t b) {
  int64_t r = b == 0 || b == -1 ? 0 : a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// In 64 bits, of which the low ones are those of every narrower type; unsigned, so that it wraps, as the smallest number
// divided by −1 does.
#define INTEGER_FORMULAS(F) \
  F(CC_IDENTITY, x) \
  F(CC_NEGATE, 0 - (uint64_t)x) \
  F(CC_SQUARE, (uint64_t)x *(uint64_t)x) \
  F(CC_ABSOLUTE, x > 0 ? (uint64_t)x : 0 - (uint64_t)x) \
  F(CC_SIGN, (x > 0) - (x < 0))
#define LOGIC_FORMULAS(F) \
  F(CC_AND, a &b) \
  F(CC_OR, a | b) \
  F(CC_XOR, a ^ b)
#define INTEGER_ARITHMETIC_FORMULAS(F) \
  LOGIC_FORMULAS(F) \
  F(CC_ADD, (uint64_t)a + (uint64_t)b) \
  F(CC_SUBTRACT, (uint64_t)a - (uint64_t)b) \
  F(CC_MULTIPLY, (uint64_t)a *(uint64_t)b) \
  F(CC_DIVIDE, b == 0 ? 0 : b == -1 ? 0 - (uint64_t)a : (uint64_t)(a / b)) \
  F(CC_POWER, integer_power((uint64_t)a, b)) \
  F(CC_MAXIMUM, a > b ? a : b) \
  F(CC_MINIMUM, a < b ? a : b) \
  F(CC_REMAINDER, integer_modulo(a, b))

#define NAME(f) int32_##f
#define TYPE int32_t
#define WIDE int64_t
#define CONJUGATE ITSELF
#define UNARY INTEGER_FORMULAS
#define GRADIENT NOTHING
#define ARITHMETIC INTEGER_ARITHMETIC_FORMULAS
#define COMPARISON CC_COMPARISON_FORMULAS
#include "typed_loops.h"

#define NAME(f) int64_##f
#define TYPE int64_t
#define WIDE int64_t
#define CONJUGATE ITSELF
#define UNARY INTEGER_FORMULAS
#define GRADIENT NOTHING
#define ARITHMETIC INTEGER_ARITHMETIC_FORMULAS
#define COMPARISON CC_COMPARISON_FORMULAS
#include "typed_loops.h"

#define NAME(f) uint8_##f
#define TYPE uint8_t
#define WIDE int64_t
#define CONJUGATE ITSELF
#define UNARY INTEGER_FORMULAS
#define GRADIENT NOTHING
#define ARITHMETIC INTEGER_ARITHMETIC_FORMULAS
#define COMPARISON CC_COMPARISON_FORMULAS
#include "typed_loops.h"

#define NAME(f) bool_##f
#define TYPE uint8_t
#define WIDE uint8_t
#define CONJUGATE ITSELF
#define UNARY NOTHING
#define GRADIENT NOTHING
#define ARITHMETIC LOGIC_FORMULAS
#define COMPARISON CC_COMPARISON_FORMULAS
#include "typed_loops.h"

// ------------------------------------------------------------------------------------------------ tables

static const loop_table *table_of(cc_dtype dtype) {
  static const loop_table nothing;
  switch (dtype) {
  case CC_FLOAT64: return &float64_table;
  case CC_COMPLEX64: return &complex64_table;
  case CC_COMPLEX128: return &complex128_table;
  case CC_INT32: return &int32_table;
  case CC_INT64: return &int64_table;
  case CC_UINT8: return &uint8_table;
  case CC_BOOL: return &bool_table;
  case CC_FLOAT32: break;
  }
  return &nothing;
}

// float32: the kernels of this processor.
cc_unary_kernel *cc_unary_loop(cc_unary_op op, cc_dtype dtype) {
  if ((unsigned)op >= CC_UNARY_COUNT) return NULL;
  return dtype == CC_FLOAT32 ? cc_active_kernels()->elementwise.unary[op] : table_of(dtype)->unary[op];
}

cc_unary_gradient_kernel *cc_unary_gradient_loop(cc_unary_op op, cc_dtype dtype) {
  if ((unsigned)op >= CC_UNARY_COUNT) return NULL;
  return dtype == CC_FLOAT32 ? cc_active_kernels()->elementwise.unary_gradient[op] : table_of(dtype)->gradient[op];
}

cc_binary_kernel *cc_binary_loop(cc_binary_op op, cc_dtype dtype) {
  if ((unsigned)op >= CC_BINARY_COUNT) return NULL;
  return dtype == CC_FLOAT32 ? cc_active_kernels()->elementwise.binary[op] : table_of(dtype)->binary[op];
}
