// CCore: every loop over numbers of Neural, in C.
//
// Conventions, for all headers here:
// - A function that can fail returns cc_status and never prints, aborts or allocates, unless its comment says so.
// - The caller owns every buffer. Buffers of tensors are aligned to 64 bytes and do not overlap, except where an
//   operation says that it works in place.
// - Sizes of shapes are int32_t, counts of elements and bytes size_t.
// - `void *` is an array of the dtype that the call or the plan names.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  CC_OK = 0,
  CC_BAD_SHAPE,       // sizes that do not fit together, or a product that overflows
  CC_BAD_POINTER,     // a required buffer is NULL
  CC_BAD_INDEX,       // an index or label out of range
  CC_UNSUPPORTED,     // a combination of dtype, layout and operation that has no code
  CC_NO_MEMORY,
  CC_NO_CONVERGENCE,  // an iteration of LAPACK
  CC_SINGULAR,        // a matrix without an inverse, or not positive definite
} cc_status;

/// Complex elements are pairs of real and imaginary part, float32 or float64: C's float _Complex and double _Complex.
typedef enum {
  CC_FLOAT32, CC_FLOAT64, CC_INT32, CC_INT64, CC_UINT8, CC_BOOL, CC_COMPLEX64, CC_COMPLEX128,
} cc_dtype;

/// How the elements of an activation lie in memory.
///
/// Row-major: [batch][features], where features = channels × height × width.
/// Interleaved (float32 only): [⌈batch / 16⌉][features][16 images], so that a kernel is scalar code whose scalar is a
/// vector of 16 images. Lanes past the batch hold finite numbers in activations and zeros in gradients.
typedef enum { CC_ROW_MAJOR, CC_INTERLEAVED } cc_layout;

enum { CC_LANES = 16 };

/// Bytes of one element.
size_t cc_dtype_bytes(cc_dtype dtype);

/// A short English text, never NULL.
const char *cc_status_text(cc_status status);

/// The instruction set of the running kernels: "avx512", "avx2" or "baseline".
///
/// Chosen once: the best that the processor has, or what NEURAL_ISA names if the processor has it.
const char *cc_isa_name(void);

/// Threads that compute: the caller and its team. At first OMP_NUM_THREADS, else the lesser of the processors this
/// process may run on and its cgroup quota, rounded up.
int32_t cc_thread_count(void);

/// Sets the thread count, at least 1 and at most 256; values outside are clamped. Results do not depend on it.
void cc_set_thread_count(int32_t count);

/// The processors that a process's cgroups leave to it, rounded up; more than any machine has where there is no quota.
///
/// membership: /proc/self/cgroup, or a file like it. mount: /sys/fs/cgroup.
int32_t cc_quota_processors(const char *membership, const char *mount);
