// Free blocks wait in lists by size class: powers of two and the quarters between them, so that at most a fifth of a
// block is unused. One lock: taking and giving happen a few times per layer.
#include "buffer.h"
#include <pthread.h>
#include <stdlib.h>

enum { ALIGNMENT = 64, SMALLEST = 256, CLASSES = 4 * 48 };

typedef struct free_block {
  struct free_block *next;
} free_block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static free_block *free_lists[CLASSES];
static cc_buffer_statistics statistics;

// The class of `bytes` and the bytes of its blocks: 256 · 2^(class / 4) · (4 + class mod 4) / 4.
static size_t size_class(size_t bytes, size_t *rounded) {
  if (bytes <= SMALLEST) {
    *rounded = SMALLEST;
    return 0;
  }
  size_t quarters = (bytes - 1) / (SMALLEST / 4);  // at least 4
  int shift = 61 - __builtin_clzl(quarters);       // the top three bits stay
  size_t top = (quarters >> shift) + 1;            // 5 to 8 quarters of 256 << shift
  *rounded = (top << shift) * (SMALLEST / 4);
  return (size_t)shift * 4 + (top - 4);
}

void *cc_buffer_take(size_t bytes) {
  if (bytes > SIZE_MAX / 4) return NULL;
  size_t rounded, class = size_class(bytes, &rounded);
  pthread_mutex_lock(&lock);
  free_block *block = free_lists[class];
  if (block) {
    free_lists[class] = block->next;
    statistics.bytes_kept -= rounded;
    statistics.bytes_in_use += rounded;
  }
  pthread_mutex_unlock(&lock);
  if (block) return block;
  block = aligned_alloc(ALIGNMENT, rounded);
  if (!block) return NULL;
  pthread_mutex_lock(&lock);
  statistics.system_requests++;
  statistics.bytes_in_use += rounded;
  pthread_mutex_unlock(&lock);
  return block;
}

// Under the address sanitizer blocks are freed at once, so that it sees a use after that.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_BLOCKS 0
#endif
#endif
#ifndef KEEPS_BLOCKS
#define KEEPS_BLOCKS 1
#endif

void cc_buffer_give(void *pointer, size_t bytes) {
  if (!pointer) return;
  size_t rounded, class = size_class(bytes, &rounded);
  free_block *block = pointer;
  pthread_mutex_lock(&lock);
  statistics.bytes_in_use -= rounded;
  if (KEEPS_BLOCKS) {
    block->next = free_lists[class];
    free_lists[class] = block;
    statistics.bytes_kept += rounded;
  }
  pthread_mutex_unlock(&lock);
  if (!KEEPS_BLOCKS) free(block);
}

void cc_buffer_trim(void) {
  pthread_mutex_lock(&lock);
  for (size_t class = 0; class < CLASSES; class++)
    while (free_lists[class]) {
      free_block *block = free_lists[class];
      free_lists[class] = block->next;
      free(block);
    }
  statistics.bytes_kept = 0;
  pthread_mutex_unlock(&lock);
}

cc_buffer_statistics cc_buffer_get_statistics(void) {
  pthread_mutex_lock(&lock);
  cc_buffer_statistics result = statistics;
  pthread_mutex_unlock(&lock);
  return result;
}
