#include "linalg.h"
#include "blas.h"
#include "buffer.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// ------------------------------------------------------------------------------------------------ OpenBLAS

static pthread_once_t first_use = PTHREAD_ONCE_INIT;
static pid_t process;
static atomic_int inside;
static atomic_bool is_ending;
static _Thread_local bool is_inside;

static void begin(void) {
  openblas_set_num_threads(1);
  process = getpid();
}

void cc_blas_enter(void) {
  pthread_once(&first_use, begin);
  atomic_fetch_add(&inside, 1);
  is_inside = true;
  if (!atomic_load(&is_ending)) return;
  atomic_fetch_sub(&inside, 1);
  for (;;) pause();  // the process has ended in a moment
}

void cc_blas_leave(void) {
  is_inside = false;
  atomic_fetch_sub(&inside, 1);
}

// OpenBLAS unmaps its memory when the program exits, under the feet of threads that compute in it: that crashed. This runs
// after every handler of atexit and before OpenBLAS's own end, and waits for these threads, but not in a handler of a signal
// that stopped one, nor in a child that was forked, which does not have them.
__attribute__((destructor)) static void end(void) {
  if (process != getpid() || is_inside) return;
  atomic_store(&is_ending, true);
  while (atomic_load(&inside) > 0) usleep(100);
}

// ------------------------------------------------------------------------------------------------ LAPACK

// The routine of either dtype. Singular values and eigenvalues are real for both.
#define LAPACK(ROUTINE, ...) (dtype == CC_FLOAT64 ? LAPACKE_d##ROUTINE(__VA_ARGS__) : LAPACKE_z##ROUTINE(__VA_ARGS__))

static cc_status check(cc_dtype dtype, int32_t m, int32_t n) {
  return dtype != CC_FLOAT64 && dtype != CC_COMPLEX128 ? CC_UNSUPPORTED : m < 0 || n < 0 ? CC_BAD_SHAPE : CC_OK;
}

// `failure` is what a positive info means. −1010 and −1011 are LAPACKE's work and transpose memory.
static cc_status status_of(int info, cc_status failure) {
  return info == 0 ? CC_OK : info > 0 ? failure : info == -1010 || info == -1011 ? CC_NO_MEMORY : CC_BAD_SHAPE;
}

// For (row, column) of a rows × columns matrix: zeros on one side of the diagonal.
static void clear_triangle(cc_dtype dtype, bool upper, size_t rows, size_t columns, char *a) {
  size_t bytes = cc_dtype_bytes(dtype);
  for (size_t i = 0; i < rows; i++) {
    size_t begin = upper ? i + 1 : 0, end = upper ? columns : i < columns ? i : columns;
    if (begin < end) memset(a + (i * columns + begin) * bytes, 0, (end - begin) * bytes);
  }
}

cc_status cc_least_squares(cc_dtype dtype, int32_t m, int32_t n, int32_t columns, void *a, void *b, double rcond,
                           double *singular_values, int32_t *rank) {
  cc_status status = check(dtype, m, n);
  if (status) return status;
  if (columns < 0) return CC_BAD_SHAPE;
  if (!rank) return CC_BAD_POINTER;
  *rank = 0;
  if (m == 0 || n == 0) {  // every x solves it: the shortest is 0
    if (n > 0 && columns > 0 && !b) return CC_BAD_POINTER;
    if (n > 0 && columns > 0) memset(b, 0, (size_t)n * (size_t)columns * cc_dtype_bytes(dtype));
    return CC_OK;
  }
  if (!a || !singular_values || (columns > 0 && !b)) return CC_BAD_POINTER;
  double no_columns;
  cc_blas_enter();
  int info = dtype == CC_COMPLEX128
                 ? cc_zgelsd(m, n, columns, a, b, singular_values, rcond, rank)
                 : LAPACKE_dgelsd(LAPACK_ROW_MAJOR, m, n, columns, a, n, columns ? b : &no_columns, columns ? columns : 1,
                                  singular_values, rcond, rank);
  cc_blas_leave();
  return status_of(info, CC_NO_CONVERGENCE);
}

cc_status cc_solve(cc_dtype dtype, int32_t n, int32_t columns, void *a, void *b) {
  cc_status status = check(dtype, n, columns);
  if (status || n == 0 || columns == 0) return status;
  if (!a || !b) return CC_BAD_POINTER;
  size_t bytes = (size_t)n * sizeof(int);
  int *pivots = cc_buffer_take(bytes);
  if (!pivots) return CC_NO_MEMORY;
  cc_blas_enter();
  int info = LAPACK(gesv, LAPACK_ROW_MAJOR, n, columns, a, n, pivots, b, columns);
  cc_blas_leave();
  cc_buffer_give(pivots, bytes);
  return status_of(info, CC_SINGULAR);
}

cc_status cc_lu(cc_dtype dtype, int32_t n, void *a, int32_t *pivots) {
  cc_status status = check(dtype, n, n);
  if (status || n == 0) return status;
  if (!a || !pivots) return CC_BAD_POINTER;
  cc_blas_enter();
  int info = LAPACK(getrf, LAPACK_ROW_MAJOR, n, n, a, n, pivots);
  cc_blas_leave();
  return status_of(info, CC_OK);
}

cc_status cc_cholesky(cc_dtype dtype, int32_t n, void *a) {
  cc_status status = check(dtype, n, n);
  if (status || n == 0) return status;
  if (!a) return CC_BAD_POINTER;
  cc_blas_enter();
  int info = LAPACK(potrf, LAPACK_ROW_MAJOR, 'L', n, a, n);
  cc_blas_leave();
  clear_triangle(dtype, true, (size_t)n, (size_t)n, a);
  return status_of(info, CC_SINGULAR);
}

cc_status cc_qr(cc_dtype dtype, int32_t m, int32_t n, void *a, void *q, void *r) {
  cc_status status = check(dtype, m, n);
  if (status || m == 0 || n == 0) return status;
  if (!a || !q || !r) return CC_BAD_POINTER;
  size_t rows = (size_t)m, columns = (size_t)n, k = rows < columns ? rows : columns, bytes = cc_dtype_bytes(dtype);
  void *reflections = cc_buffer_take(k * bytes);
  if (!reflections) return CC_NO_MEMORY;
  cc_blas_enter();
  int info = LAPACK(geqrf, LAPACK_ROW_MAJOR, m, n, a, n, reflections);
  memcpy(r, a, k * columns * bytes);
  clear_triangle(dtype, false, k, columns, r);
  for (size_t i = 0; i < rows; i++) memcpy((char *)q + i * k * bytes, (char *)a + i * columns * bytes, k * bytes);
  if (info == 0)
    info = dtype == CC_FLOAT64 ? LAPACKE_dorgqr(LAPACK_ROW_MAJOR, m, (int)k, (int)k, q, (int)k, reflections)
                               : LAPACKE_zungqr(LAPACK_ROW_MAJOR, m, (int)k, (int)k, q, (int)k, reflections);
  cc_blas_leave();
  cc_buffer_give(reflections, k * bytes);
  return status_of(info, CC_BAD_SHAPE);
}

cc_status cc_svd(cc_dtype dtype, int32_t m, int32_t n, void *a, double *singular_values, void *u, void *vh) {
  cc_status status = check(dtype, m, n);
  if (status || m == 0 || n == 0) return status;
  if (!a || !singular_values || !u != !vh) return CC_BAD_POINTER;
  int k = m < n ? m : n;
  cc_blas_enter();
  char job = u ? 'S' : 'N';
  int info = dtype == CC_COMPLEX128 ? cc_zgesdd(job, m, n, a, singular_values, u, vh)
                                    : LAPACKE_dgesdd(LAPACK_ROW_MAJOR, job, m, n, a, n, singular_values, u, k, vh, n);
  cc_blas_leave();
  return status_of(info, CC_NO_CONVERGENCE);
}

cc_status cc_symmetric_eigen(cc_dtype dtype, int32_t n, bool with_vectors, void *a, double *eigenvalues) {
  cc_status status = check(dtype, n, n);
  if (status || n == 0) return status;
  if (!a || !eigenvalues) return CC_BAD_POINTER;
  char job = with_vectors ? 'V' : 'N';
  cc_blas_enter();
  int info = dtype == CC_FLOAT64 ? LAPACKE_dsyevd(LAPACK_ROW_MAJOR, job, 'L', n, a, n, eigenvalues)
                                 : LAPACKE_zheevd(LAPACK_ROW_MAJOR, job, 'L', n, a, n, eigenvalues);
  cc_blas_leave();
  return status_of(info, CC_NO_CONVERGENCE);
}
