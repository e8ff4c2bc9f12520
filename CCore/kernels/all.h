// Every kernel body, and the table of this instruction set: included once by each kernels_*.c, which defines CC_TABLE,
// CC_NAME and CC_REGISTERS (how many 16-float vectors the registers hold).
#include "vector.h"
#include "kernels.h"
#include "activation.h"
#include "conv_direct.h"
#include "conv_points.h"
#include "conv_weight_gradient.h"
#include "elementwise.h"
#include "few_rows.h"
#include "gemm.h"
#include "interleave.h"
#include "loss.h"
#include "norm.h"
#include "optimizer.h"
#include "planes.h"
#include "pooling.h"
#include "random.h"
#include "windows.h"
#include "winograd_products.h"

const cc_kernels CC_TABLE = {
    .name = CC_NAME,
    .conv = {WIDEST_TILE, correlate, add_strided, weight_gradient, sum_planes, POINT_KERNELS},
    .winograd = WINOGRAD_KERNELS,
    .pool = {max_pool_forward, max_pool_backward, average_pool_forward, average_pool_backward},
    .plane = PLANE_KERNELS,
    .window = WINDOW_KERNELS,
    .layout = {interleave_block, deinterleave_block},
    .gemm = GEMM_KERNELS,
    .elementwise = ELEMENTWISE_KERNELS,
    .activation = ACTIVATION_KERNELS,
    .loss = LOSS_KERNELS,
    .norm = NORM_KERNELS,
    .optimizer = OPTIMIZER_KERNELS,
    .random = RANDOM_KERNELS,
};
