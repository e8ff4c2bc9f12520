// Dense linear algebra through LAPACKE, double precision, row-major. OpenBLAS may use all threads during the call.
#pragma once
#include "ccore.h"

/// Minimum-norm least squares by singular values (dgelsd): minimises ‖a·x − b‖ for each column of b.
///
/// a: m × n and b: max(m, n) × columns, both overwritten; the first n rows of b become x.
/// rank: the effective rank with singular values below rcond · largest treated as 0 (rcond < 0: machine precision).
/// singular_values: min(m, n). CC_NO_CONVERGENCE if the SVD fails; allocates its LAPACK workspace.
cc_status cc_least_squares(int32_t m, int32_t n, int32_t columns, double *a, double *b, double rcond,
                           double *singular_values, int32_t *rank);
