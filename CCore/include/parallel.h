// How work is split over threads. The only door to OpenMP: nothing else in CCore knows about threads.
#pragma once
#include "ccore.h"

typedef void (*cc_task)(void *context, size_t task);

/// Runs body(context, 0) … body(context, tasks − 1), each once, on the calling thread and its team, and returns when
/// all have ended.
///
/// A thread takes the tasks of its range in order, and then those that others have left, so a task must not depend on who
/// runs it: split reductions by data, one partial result per task, and add them in order afterwards. A call from inside a
/// task, or while another thread has the team, runs all tasks on the calling thread. Denormal numbers are flushed to zero
/// inside tasks.
void cc_parallel(size_t tasks, cc_task body, void *context);

/// The same, but a thread takes the tasks of its range from the last to the first.
void cc_parallel_backwards(size_t tasks, cc_task body, void *context);

/// Threads that a job from here runs on at most: one inside a task.
size_t cc_free_threads(void);

/// Tasks that run at the same time at most, and which of these the calling task is, from 0: for scratch memory that a job
/// takes once, a slot for each. From then on the calling thread's jobs run on no more threads than it was told.
size_t cc_task_slots(void);
size_t cc_task_slot(void);

/// The part [begin, end) of [0, total) that belongs to part `part` of `parts`; sizes differ by at most one.
typedef struct {
  size_t begin, end;
} cc_span;

static inline cc_span cc_split(size_t total, size_t part, size_t parts) {
  size_t size = total / parts, extra = total % parts;
  size_t begin = part * size + (part < extra ? part : extra);
  return (cc_span){begin, begin + size + (part < extra)};
}

/// Tasks of about `grain` elements each that `count` elements make: at least 1.
static inline size_t cc_task_count(size_t count, size_t grain) { return count <= grain ? 1 : (count + grain - 1) / grain; }
