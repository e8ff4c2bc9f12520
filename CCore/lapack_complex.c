// Complex singular values with memory to spare. OpenBLAS's zgemv reads up to three elements past the end of its vector (as of
// 0.3.21). Where complex matrices are reduced to bidiagonal form the vector is a row of a column-major matrix, of the
// caller's or in the workspace: three columns past the end, and a crash if no memory lies there. So matrices and workspace
// are parts of one block here, which ends with columns to spare.
#include "blas.h"
#include "buffer.h"
#include <string.h>

typedef double _Complex complex;

enum { SPARE = 4, NO_MEMORY = -1010 };

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

// From a row-major matrix to a column-major one, or, with rows and columns exchanged, back.
static void transpose(size_t rows, size_t columns, const complex *from, size_t from_step, complex *to, size_t to_step) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) to[j * to_step + i] = from[i * from_step + j];
}

int cc_zgelsd(int m, int n, int columns, complex *a, complex *b, double *singular_values, double rcond, int *rank) {
  size_t rows = (size_t)m, unknowns = (size_t)n, longer = larger(rows, unknowns), sides = (size_t)columns;
  complex work_size;
  double real_size;
  int integers_size;
  int info = LAPACKE_zgelsd_work(LAPACK_COLUMN_MAJOR, m, n, columns, a, m, b, (int)longer, singular_values, rcond, rank,
                                 &work_size, -1, &real_size, &integers_size);
  if (info) return info;
  size_t work = (size_t)__real__ work_size, real = (size_t)real_size, integers = (size_t)integers_size;
  size_t bytes = (rows * unknowns + longer * sides + work + longer * SPARE) * sizeof(complex) + real * sizeof(double) +
                 integers * sizeof(int);
  complex *memory = cc_buffer_take(bytes), *right = memory + rows * unknowns, *workspace = right + longer * sides;
  if (!memory) return NO_MEMORY;
  double *reals = (double *)(workspace + work);
  transpose(rows, unknowns, a, unknowns, memory, rows);
  transpose(longer, sides, b, sides, right, longer);
  info = LAPACKE_zgelsd_work(LAPACK_COLUMN_MAJOR, m, n, columns, memory, m, right, (int)longer, singular_values, rcond,
                             rank, workspace, (int)work, reals, (int *)(reals + real));
  transpose(sides, longer, right, longer, b, sides);
  cc_buffer_give(memory, bytes);
  return info;
}

// In column-major eyes the memory of a is aᵀ = V*·Σ·Uᵀ, and those of vh and u are V* and Uᵀ.
int cc_zgesdd(char job, int m, int n, complex *a, double *singular_values, complex *u, complex *vh) {
  size_t rows = (size_t)m, columns = (size_t)n, k = rows < columns ? rows : columns, longer = larger(rows, columns);
  complex work_size;
  double real_size;
  int integers_size;
  int info = LAPACKE_zgesdd_work(LAPACK_COLUMN_MAJOR, job, n, m, a, n, singular_values, vh, n, u, (int)k, &work_size, -1,
                                 &real_size, &integers_size);
  if (info) return info;
  size_t matrix = rows * columns, left = columns * k, right = k * rows, work = (size_t)__real__ work_size;
  size_t real = larger(5 * k * k + 7 * k, 2 * longer * k + 2 * k * k + k);  // gesdd's documentation
  size_t bytes = (matrix + left + right + work + longer * SPARE) * sizeof(complex) + real * sizeof(double) +
                 8 * k * sizeof(int);
  complex *memory = cc_buffer_take(bytes), *left_vectors = memory + matrix, *right_vectors = left_vectors + left;
  complex *workspace = right_vectors + right;
  if (!memory) return NO_MEMORY;
  double *reals = (double *)(workspace + work);
  memcpy(memory, a, matrix * sizeof(complex));
  info = LAPACKE_zgesdd_work(LAPACK_COLUMN_MAJOR, job, n, m, memory, n, singular_values, left_vectors, n, right_vectors,
                             (int)k, workspace, (int)work, reals, (int *)(reals + real));
  if (u) {
    memcpy(vh, left_vectors, left * sizeof(complex));
    memcpy(u, right_vectors, right * sizeof(complex));
  }
  cc_buffer_give(memory, bytes);
  return info;
}
