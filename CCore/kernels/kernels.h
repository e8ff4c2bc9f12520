// The table of everything that is compiled once per instruction set. Drivers call it through cc_active_kernels().
//
// A kernel is the body of one task: it gets pointers and sizes, splits nothing and allocates nothing.
#pragma once
#include "ccore.h"
#include "conv_kernels.h"
#include "layout_kernels.h"
#include "pool_kernels.h"

typedef struct {
  const char *name;
  cc_conv_kernels conv;
  cc_pool_kernels pool;
  cc_layout_kernels layout;
} cc_kernels;

extern const cc_kernels cc_kernels_baseline;
#if defined(__x86_64__)
extern const cc_kernels cc_kernels_avx512, cc_kernels_avx2;
#endif

const cc_kernels *cc_active_kernels(void);
