// Which kernels run, decided once. Compiled for the baseline: nothing here may need more than the oldest processor has.
#include "kernels/kernels.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const cc_kernels *choose(void) {
#if defined(__x86_64__)
  bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const char *wish = getenv("NEURAL_ISA");
  if (wish && !strcmp(wish, "baseline")) return &cc_kernels_baseline;
  if (has_avx512 && !(wish && !strcmp(wish, "avx2"))) return &cc_kernels_avx512;
  if (has_avx2) return &cc_kernels_avx2;
#endif
  return &cc_kernels_baseline;
}

const cc_kernels *cc_active_kernels(void) {
  static _Atomic(const cc_kernels *) active;
  const cc_kernels *kernels = atomic_load_explicit(&active, memory_order_relaxed);
  if (kernels) return kernels;
  kernels = choose();
  atomic_store_explicit(&active, kernels, memory_order_relaxed);
  return kernels;
}

const char *cc_isa_name(void) { return cc_active_kernels()->name; }

size_t cc_dtype_bytes(cc_dtype dtype) {
  switch (dtype) {
  case CC_COMPLEX128: return 16;
  case CC_COMPLEX64:
  case CC_FLOAT64:
  case CC_INT64: return 8;
  case CC_FLOAT32:
  case CC_INT32: return 4;
  case CC_UINT8:
  case CC_BOOL: return 1;
  }
  return 0;
}

const char *cc_status_text(cc_status status) {
  switch (status) {
  case CC_OK: return "ok";
  case CC_BAD_SHAPE: return "sizes that do not fit together";
  case CC_BAD_POINTER: return "a required buffer is missing";
  case CC_BAD_INDEX: return "an index is out of range";
  case CC_UNSUPPORTED: return "not available for this dtype and layout";
  case CC_NO_MEMORY: return "out of memory";
  case CC_NO_CONVERGENCE: return "the iteration did not converge";
  case CC_SINGULAR: return "the matrix is singular";
  }
  return "unknown status";
}
