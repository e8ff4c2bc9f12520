// The elementwise loop of an operation and a dtype; NULL if there is none.
#pragma once
#include "kernels/kernels.h"

cc_unary_kernel *cc_unary_loop(cc_unary_op op, cc_dtype dtype);
cc_unary_gradient_kernel *cc_unary_gradient_loop(cc_unary_op op, cc_dtype dtype);
cc_binary_kernel *cc_binary_loop(cc_binary_op op, cc_dtype dtype);
