#if defined(__x86_64__)
#define CC_TABLE cc_kernels_avx512
#define CC_NAME "avx512"
#define CC_REGISTERS 32
#include "kernels/system.h"
// prfchw: processors without it do nothing there.
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,prfchw"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
