// The elementwise loops of one dtype and their table. Included once for each dtype with
//   NAME(f)                           a name of its own
//   TYPE, WIDE                        the type in memory, and the one that is computed in
//   CONJUGATE(x)                      x for real types
//   UNARY, GRADIENT, ARITHMETIC, COMPARISON   lists of formulas
// which are undefined at the end.

#define LOOP(OP, FORMULA) \
  static void NAME(unary_##OP)(size_t count, const void *xs, void *ys) { \
    for (size_t i = 0; i < count; i++) { \
      WIDE x = ((const TYPE *)xs)[i]; \
      ((TYPE *)ys)[i] = (TYPE)(FORMULA); \
    } \
  }
UNARY(LOOP)
#undef LOOP

// The gradient of a real loss with respect to z is ∂/∂Re z + i · ∂/∂Im z, which for analytic f is dy · conj(f′(z)):
// the formula, which is linear in dy, between two conjugations.
#define LOOP(OP, FORMULA) \
  static void NAME(gradient_##OP)(size_t count, const void *xs, const void *ys, const void *dys, void *dxs) { \
    for (size_t i = 0; i < count; i++) { \
      WIDE x = ((const TYPE *)xs)[i], y = ((const TYPE *)ys)[i], dy = CONJUGATE(((const TYPE *)dys)[i]); \
      (void)x, (void)y, (void)dy; \
      ((TYPE *)dxs)[i] = (TYPE)CONJUGATE((FORMULA)); \
    } \
  }
GRADIENT(LOOP)
#undef LOOP

#define LOOP(OP, RESULT, FORMULA) \
  static void NAME(binary_##OP)(size_t count, const void *as, ptrdiff_t a_stride, const void *bs, ptrdiff_t b_stride, \
                                void *ys) { \
    for (size_t i = 0; i < count; i++) { \
      WIDE a = ((const TYPE *)as)[(ptrdiff_t)i * a_stride], b = ((const TYPE *)bs)[(ptrdiff_t)i * b_stride]; \
      ((RESULT *)ys)[i] = (RESULT)(FORMULA); \
    } \
  }
#define ARITHMETIC_LOOP(OP, FORMULA) LOOP(OP, TYPE, FORMULA)
#define COMPARISON_LOOP(OP, FORMULA) LOOP(OP, uint8_t, FORMULA)
ARITHMETIC(ARITHMETIC_LOOP)
COMPARISON(COMPARISON_LOOP)
#undef ARITHMETIC_LOOP
#undef COMPARISON_LOOP
#undef LOOP

#define UNARY_ENTRY(OP, FORMULA) [OP] = NAME(unary_##OP),
#define GRADIENT_ENTRY(OP, FORMULA) [OP] = NAME(gradient_##OP),
#define BINARY_ENTRY(OP, FORMULA) [OP] = NAME(binary_##OP),
static const loop_table NAME(table) = {
    {UNARY(UNARY_ENTRY)}, {GRADIENT(GRADIENT_ENTRY)}, {ARITHMETIC(BINARY_ENTRY) COMPARISON(BINARY_ENTRY)}};
#undef UNARY_ENTRY
#undef GRADIENT_ENTRY
#undef BINARY_ENTRY

#undef NAME
#undef TYPE
#undef WIDE
#undef CONJUGATE
#undef UNARY
#undef GRADIENT
#undef ARITHMETIC
#undef COMPARISON
