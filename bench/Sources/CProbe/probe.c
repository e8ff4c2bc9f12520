#include "probe.h"
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Chains of dependent multiply-adds, as many as there are registers to hold them: more than the latency (4 cycles) times
// the units (2) needs. Written in assembly so that nothing is spilled, folded or reordered.
#if defined(__x86_64__)
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm14", "xmm15", "cc"
#define CHAINS12(r)                                                                                                    \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "0\n vfmadd231ps %%" r "14,%%" r "15,%%" r "1\n"                               \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "2\n vfmadd231ps %%" r "14,%%" r "15,%%" r "3\n"                               \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "4\n vfmadd231ps %%" r "14,%%" r "15,%%" r "5\n"                               \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "6\n vfmadd231ps %%" r "14,%%" r "15,%%" r "7\n"                               \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "8\n vfmadd231ps %%" r "14,%%" r "15,%%" r "9\n"                               \
  "vfmadd231ps %%" r "14,%%" r "15,%%" r "10\n vfmadd231ps %%" r "14,%%" r "15,%%" r "11\n"

static void chains_avx512(long repeats) {
  __asm__ volatile("1:\n" CHAINS12("zmm") "dec %0\n jnz 1b\n" : "+r"(repeats) : : CLOBBERED);
}

static void chains_avx2(long repeats) {
  __asm__ volatile("1:\n" CHAINS12("ymm") "dec %0\n jnz 1b\n" : "+r"(repeats) : : CLOBBERED);
}
#endif

enum { CHAINS = 12 };

// Without a fused multiply-add: as the compiler makes it.
static void chains_baseline(long repeats) {
  typedef float v4 __attribute__((vector_size(16)));
  volatile float zero = 0;
  v4 a = zero - (v4){}, s[CHAINS] = {};
  for (long r = 0; r < repeats; r++)
    for (int i = 0; i < CHAINS; i++) {
      s[i] = s[i] * a + a;
      __asm__ volatile("" : "+m"(s[i]));
    }
}

// One thread's part of a probe: `run` returns what it achieved in billions per second.
typedef struct {
  double (*run)(int threads);
  int threads;
  double achieved;
  pthread_barrier_t *start;
} part;

static void *run_part(void *argument) {
  part *p = argument;
  pthread_barrier_wait(p->start);
  p->achieved = p->run(p->threads);
  return NULL;
}

static double run_together(double (*run)(int), int threads) {
  part parts[threads];
  pthread_t handles[threads];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, (unsigned)threads);
  for (int i = 0; i < threads; i++) {
    parts[i] = (part){run, threads, 0, &start};
    if (i && pthread_create(&handles[i], NULL, run_part, &parts[i])) abort();
  }
  run_part(&parts[0]);
  double sum = parts[0].achieved;
  for (int i = 1; i < threads; i++) pthread_join(handles[i], NULL), sum += parts[i].achieved;
  pthread_barrier_destroy(&start);
  return sum;
}

static double peak_of_one(int threads) {
  (void)threads;
  void (*chains)(long) = chains_baseline;
  int lanes = 4;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) chains = chains_avx512, lanes = 16;
  else if (__builtin_cpu_supports("fma")) chains = chains_avx2, lanes = 8;
#endif
  const long repeats = 40000;
  double best = 1e9;
  for (int run = 0; run < 20; run++) {
    double start = seconds();
    chains(repeats);
    double time = seconds() - start;
    if (time < best) best = time;
  }
  return 2.0 * lanes * CHAINS * repeats / best / 1e9;
}

static double bandwidth_of_one(int threads) {
  const size_t count = ((size_t)32 << 20) / (size_t)threads / 16 * 16;
  double *values = malloc(count * sizeof *values);
  if (!values) return 0;
  memset(values, 1, count * sizeof *values);
  volatile double sink;
  double best = 1e9;
  for (int run = 0; run < 8; run++) {
    double start = seconds(), sums[16] = {0};
    for (size_t i = 0; i < count; i += 16)
      for (int j = 0; j < 16; j++) sums[j] += values[i + (size_t)j];
    double time = seconds() - start;
    if (time < best) best = time;
    sink = sums[0] + sums[15];
  }
  (void)sink;
  free(values);
  return (double)(count * sizeof *values) / best / 1e9;
}

double probe_peak_gflops(int threads) { return run_together(peak_of_one, threads); }

double probe_memory_bandwidth(int threads) { return run_together(bandwidth_of_one, threads); }

size_t probe_held_bytes(void) {
  struct mallinfo2 heap = mallinfo2();
  return heap.arena + heap.hblkhd;
}
