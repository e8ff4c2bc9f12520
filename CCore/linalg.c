#include "linalg.h"
#include "blas.h"
#include <limits.h>
#include <pthread.h>

// Readers use OpenBLAS with one thread, a writer changes its thread count.
static pthread_rwlock_t blas_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t first_use = PTHREAD_ONCE_INIT;

static void use_one_thread(void) { openblas_set_num_threads(1); }

void cc_blas_enter(bool all_threads) {
  pthread_once(&first_use, use_one_thread);
  if (all_threads) {
    pthread_rwlock_wrlock(&blas_lock);
    openblas_set_num_threads(cc_thread_count());
  } else {
    pthread_rwlock_rdlock(&blas_lock);
  }
}

void cc_blas_leave(bool all_threads) {
  if (all_threads) use_one_thread();
  pthread_rwlock_unlock(&blas_lock);
}

cc_status cc_least_squares(int32_t m, int32_t n, int32_t columns, double *a, double *b, double rcond,
                           double *singular_values, int32_t *rank) {
  if (m < 0 || n < 0 || columns < 0) return CC_BAD_SHAPE;
  if (!rank) return CC_BAD_POINTER;
  *rank = 0;
  if (m == 0 || n == 0) {  // every x solves it: the shortest is 0
    if (n > 0 && columns > 0 && !b) return CC_BAD_POINTER;
    for (size_t i = 0; i < (size_t)n * (size_t)columns; i++) b[i] = 0;
    return CC_OK;
  }
  if (!a || !singular_values || (columns > 0 && !b)) return CC_BAD_POINTER;
  double no_columns[1];
  cc_blas_enter(true);
  int info = LAPACKE_dgelsd(LAPACK_ROW_MAJOR, m, n, columns, a, n, columns ? b : no_columns, columns ? columns : 1,
                            singular_values, rcond, rank);
  cc_blas_leave(true);
  if (info == -1010 || info == -1011) return CC_NO_MEMORY;  // LAPACKE's work and transpose errors
  return info == 0 ? CC_OK : info > 0 ? CC_NO_CONVERGENCE : CC_BAD_SHAPE;
}
