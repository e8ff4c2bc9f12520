// Every kernel body, and the table of this instruction set: included once by each kernels_*.c, which defines CC_TABLE,
// CC_NAME and CC_REGISTERS (how many 16-float vectors the registers hold).
#include "vector.h"
#include "kernels.h"
#include "elementwise.h"
#include "gemm.h"
#include "loss.h"
#include "random.h"

const cc_kernels CC_TABLE = {
    .name = CC_NAME,
    .gemm = GEMM_KERNELS,
    .elementwise = ELEMENTWISE_KERNELS,
    .loss = LOSS_KERNELS,
    .random = RANDOM_KERNELS,
};
