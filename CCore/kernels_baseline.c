#define CC_TABLE cc_kernels_baseline
#define CC_NAME "baseline"
#define CC_REGISTERS 4
#include "kernels/system.h"
#include "kernels/all.h"
