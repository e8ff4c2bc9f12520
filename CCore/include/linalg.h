// Dense linear algebra through LAPACKE, row-major, on one thread: results do not depend on the number of threads.
//
// float64 or complex128 (CC_UNSUPPORTED otherwise); `void *` is an array of that, real values (singular values,
// eigenvalues) are doubles. Elements must be finite. LAPACK takes its workspace from the system.
#pragma once
#include "ccore.h"

/// Minimum-norm least squares by singular values (gelsd): minimises ‖a·x − b‖ for each column of b.
///
/// a: m × n and b: max(m, n) × columns, both overwritten; the first n rows of b become x.
/// rank: the effective rank with singular values below rcond · largest treated as 0 (rcond < 0: machine precision).
/// singular_values: min(m, n). CC_NO_CONVERGENCE if the SVD fails.
cc_status cc_least_squares(cc_dtype dtype, int32_t m, int32_t n, int32_t columns, void *a, void *b, double rcond,
                           double *singular_values, int32_t *rank);

/// Solves a·x = b by LU with partial pivoting (gesv). a: n × n, overwritten; b: n × columns becomes x.
/// CC_SINGULAR if a pivot is exactly 0.
cc_status cc_solve(cc_dtype dtype, int32_t n, int32_t columns, void *a, void *b);

/// LU with partial pivoting (getrf): a: n × n becomes L (unit diagonal, not stored) and U; row i was exchanged with row
/// pivots[i] − 1 ≥ i in turn. A singular matrix gets its factors too.
cc_status cc_lu(cc_dtype dtype, int32_t n, void *a, int32_t *pivots);

/// Cholesky factor (potrf): a: n × n, its lower triangle read, becomes L with a = L·Lᴴ and zeros above.
/// CC_SINGULAR if a is not positive definite.
cc_status cc_cholesky(cc_dtype dtype, int32_t n, void *a);

/// a = Q·R by Householder reflections (geqrf; orgqr or ungqr). a: m × n is overwritten; with k = min(m, n), q: m × k has
/// orthonormal columns and r: k × n zeros below the diagonal.
cc_status cc_qr(cc_dtype dtype, int32_t m, int32_t n, void *a, void *q, void *r);

/// a = U·Σ·Vᴴ by divide and conquer (gesdd). a: m × n, overwritten; k = min(m, n) singular values in falling order;
/// u: m × k and vh: k × n, or both NULL for the values alone. CC_NO_CONVERGENCE.
cc_status cc_svd(cc_dtype dtype, int32_t m, int32_t n, void *a, double *singular_values, void *u, void *vh);

/// a = V·Λ·Vᴴ of a symmetric or Hermitian matrix by divide and conquer (syevd or heevd), its lower triangle read.
/// a: n × n; its columns become the eigenvectors if with_vectors, else it is overwritten. Eigenvalues in rising order.
cc_status cc_symmetric_eigen(cc_dtype dtype, int32_t n, bool with_vectors, void *a, double *eigenvalues);
