// What is used of OpenBLAS and LAPACKE, declared here because their headers lie elsewhere in every distribution.
#pragma once
#include "ccore.h"

enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANSPOSE = 111, CBLAS_TRANSPOSE = 112, LAPACK_ROW_MAJOR = 101 };

void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                 const double *b, int ldb, double beta, double *c, int ldc);
int LAPACKE_dgelsd(int order, int m, int n, int columns, double *a, int lda, double *b, int ldb, double *singular_values,
                   double rcond, int *rank);
void openblas_set_num_threads(int count);

/// Bracket every call. OpenBLAS computes with one thread, so that its results do not vary and its threads do not spin
/// beside our team; with `all_threads` it has the process's count for itself, and other calls wait.
void cc_blas_enter(bool all_threads);
void cc_blas_leave(bool all_threads);
