// What is used of OpenBLAS and LAPACKE, declared here because their headers lie elsewhere in every distribution.
#pragma once
#include "ccore.h"

enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANSPOSE = 111, CBLAS_TRANSPOSE = 112, LAPACK_ROW_MAJOR = 101,
       LAPACK_COLUMN_MAJOR = 102 };

void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                 const double *b, int ldb, double beta, double *c, int ldc);
void cblas_cgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha, const void *a, int lda,
                 const void *b, int ldb, const void *beta, void *c, int ldc);
void cblas_zgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha, const void *a, int lda,
                 const void *b, int ldb, const void *beta, void *c, int ldc);

#define CC_DECLARE_LAPACKE(PREFIX, TYPE) \
  int LAPACKE_##PREFIX##gesv(int order, int n, int columns, TYPE *a, int lda, int *pivots, TYPE *b, int ldb); \
  int LAPACKE_##PREFIX##getrf(int order, int m, int n, TYPE *a, int lda, int *pivots); \
  int LAPACKE_##PREFIX##potrf(int order, char triangle, int n, TYPE *a, int lda); \
  int LAPACKE_##PREFIX##geqrf(int order, int m, int n, TYPE *a, int lda, TYPE *reflections);
CC_DECLARE_LAPACKE(d, double)
CC_DECLARE_LAPACKE(z, double _Complex)
int LAPACKE_dorgqr(int order, int m, int n, int k, double *a, int lda, const double *reflections);
int LAPACKE_zungqr(int order, int m, int n, int k, double _Complex *a, int lda, const double _Complex *reflections);
int LAPACKE_dgelsd(int order, int m, int n, int columns, double *a, int lda, double *b, int ldb, double *singular_values,
                   double rcond, int *rank);
int LAPACKE_zgelsd_work(int order, int m, int n, int columns, double _Complex *a, int lda, double _Complex *b, int ldb,
                        double *singular_values, double rcond, int *rank, double _Complex *work, int work_count,
                        double *real_work, int *integer_work);
int LAPACKE_dgesdd(int order, char job, int m, int n, double *a, int lda, double *singular_values, double *u, int ldu,
                   double *vh, int ldvh);
int LAPACKE_zgesdd_work(int order, char job, int m, int n, double _Complex *a, int lda, double *singular_values,
                        double _Complex *u, int ldu, double _Complex *vh, int ldvh, double _Complex *work, int work_count,
                        double *real_work, int *integer_work);
int LAPACKE_dsyevd(int order, char job, char triangle, int n, double *a, int lda, double *eigenvalues);
int LAPACKE_zheevd(int order, char job, char triangle, int n, double _Complex *a, int lda, double *eigenvalues);
void openblas_set_num_threads(int count);

/// Bracket every call. OpenBLAS computes with one thread: the last bits of its results follow from how it splits work, and
/// its threads would spin beside our team. A second thread would have made the solvers of linalg.h 0.8 to 1.7 times as fast:
/// SVD and eigenvectors of 500 × 500 1.1, least squares of 2,000 × 200 1.1, of 10,000 × 75 1.7.
void cc_blas_enter(void);
void cc_blas_leave(void);

/// gelsd and gesdd of row-major complex matrices without steps between rows, results and info as LAPACKE's.
int cc_zgelsd(int m, int n, int columns, double _Complex *a, double _Complex *b, double *singular_values, double rcond,
              int *rank);
int cc_zgesdd(char job, int m, int n, double _Complex *a, double *singular_values, double _Complex *u, double _Complex *vh);
