#if defined(__x86_64__)
#define CC_TABLE cc_kernels_avx2
#define CC_NAME "avx2"
#define CC_REGISTERS 8
#include "kernels/system.h"
#pragma clang attribute push(__attribute__((target("avx2,fma,prfchw"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
