// Random numbers by position. kernels/random.h has the float32 loops; here is the plain form, which float64 uses.
#include "random.h"
#include "kernels/kernels.h"
#include <math.h>

enum { GRAIN = 16384 };  // elements of one task

void cc_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4]) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3], key0 = key[0], key1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * x0, p1 = (uint64_t)0xCD9E8D57 * x2;
    x0 = (uint32_t)(p1 >> 32) ^ x1 ^ key0;
    x2 = (uint32_t)(p0 >> 32) ^ x3 ^ key1;
    x1 = (uint32_t)p1;
    x3 = (uint32_t)p0;
    key0 += 0x9E3779B9;  // the golden ratio and √3 − 1, as Weyl sequences
    key1 += 0xBB67AE85;
  }
  result[0] = x0, result[1] = x1, result[2] = x2, result[3] = x3;
}

typedef struct {
  cc_dtype dtype;
  cc_random random;
  size_t count;
  double p, q;  // low and high, mean and deviation, or the rate
  const void *x;
  void *y;
} job;

static cc_status run(job j, cc_task body) {
  if (j.count == 0) return CC_OK;
  if (!j.y) return CC_BAD_POINTER;
  cc_parallel(cc_task_count(j.count, GRAIN), body, &j);
  return CC_OK;
}

static cc_span elements(const job *j, size_t task) {
  size_t begin = task * GRAIN, end = begin + GRAIN;
  return (cc_span){begin, end < j->count ? end : j->count};
}

static cc_random advanced(const job *j, size_t count) {
  cc_random random = j->random;
  random.position += count;
  return random;
}

// Word `index` of the stream.
static uint32_t word(const cc_random *random, uint64_t index) {
  uint64_t block = index / 4;
  uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)random->stream, (uint32_t)(random->stream >> 32)};
  uint32_t key[2] = {(uint32_t)random->key, (uint32_t)(random->key >> 32)}, words[4];
  cc_philox(counter, key, words);
  return words[index % 4];
}

// Element `position` of the float64 sequence, 53 bits: the second of its words is the high one.
static double unit(const cc_random *random, uint64_t position) {
  uint64_t bits = (uint64_t)word(random, 2 * position + 1) << 32 | word(random, 2 * position);
  return (double)(bits >> 11) * 0x1p-53;
}

static void run_uniform(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  if (j->dtype == CC_FLOAT32) {
    cc_random random = advanced(j, s.begin);
    cc_active_kernels()->random.uniform(&random, s.end - s.begin, (float)j->p, (float)j->q, (float *)j->y + s.begin);
    return;
  }
  double last = j->p < j->q ? nextafter(j->q, j->p) : j->p;  // rounding must not reach `high`
  for (size_t i = s.begin; i < s.end; i++) {
    double u = j->p + unit(&j->random, j->random.position + i) * (j->q - j->p);
    ((double *)j->y)[i] = u > last ? last : u;
  }
}

static void run_normal(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  if (j->dtype == CC_FLOAT32) {
    cc_random random = advanced(j, s.begin);
    cc_active_kernels()->random.normal(&random, s.end - s.begin, (float)j->p, (float)j->q, (float *)j->y + s.begin);
    return;
  }
  for (size_t i = s.begin; i < s.end; i++) {
    uint64_t position = j->random.position + i, even = position & ~(uint64_t)1;
    double radius = sqrt(-2 * log1p(-unit(&j->random, even))), angle = 2 * M_PI * unit(&j->random, even + 1);
    ((double *)j->y)[i] = j->p + j->q * radius * (position & 1 ? sin(angle) : cos(angle));
  }
}

static void run_bits(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  cc_random random = advanced(j, s.begin);
  cc_active_kernels()->random.bits(&random, s.end - s.begin, (float *)j->y + s.begin);
}

static void run_dropout(void *context, size_t task) {
  const job *j = context;
  cc_span s = elements(j, task);
  if (j->dtype == CC_FLOAT32) {
    cc_random random = advanced(j, s.begin);
    cc_active_kernels()->random.dropout(&random, (float)j->p, j->p < 1 ? (float)(1 / (1 - j->p)) : 0, s.end - s.begin,
                                        (const float *)j->x + s.begin, (float *)j->y + s.begin);
    return;
  }
  for (size_t i = s.begin; i < s.end; i++) {
    float u = (float)(word(&j->random, j->random.position + i) >> 8) * 0x1p-24f;
    ((double *)j->y)[i] = u >= (float)j->p ? ((const double *)j->x)[i] / (1 - j->p) : 0;
  }
}

static bool is_float(cc_dtype dtype) { return dtype == CC_FLOAT32 || dtype == CC_FLOAT64; }

cc_status cc_random_uniform(cc_dtype dtype, cc_random random, size_t count, double low, double high, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  return run((job){dtype, random, count, low, high, NULL, y}, run_uniform);
}

cc_status cc_random_normal(cc_dtype dtype, cc_random random, size_t count, double mean, double deviation, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  return run((job){dtype, random, count, mean, deviation, NULL, y}, run_normal);
}

cc_status cc_random_bits(cc_random random, size_t count, uint32_t *y) {
  return run((job){CC_INT32, random, count, 0, 0, NULL, y}, run_bits);
}

cc_status cc_dropout(cc_dtype dtype, cc_random random, double rate, size_t count, const void *x, void *y) {
  if (!is_float(dtype)) return CC_UNSUPPORTED;
  if (!(rate >= 0 && rate <= 1)) return CC_BAD_SHAPE;
  if (count > 0 && !x) return CC_BAD_POINTER;
  return run((job){dtype, random, count, rate, 0, x, y}, run_dropout);
}
