// One team for the process.
//
// A fork/join region per call would give every calling thread a team of its own (libomp keeps one for each root thread,
// and Swift tasks hop between threads), would make the caller wait for members that the operating system has not
// scheduled, and would burn a core in libomp's barriers. So OpenMP opens one region, on a thread of ours, whose members
// wait inside it for jobs from whichever thread calls. The caller works too and waits only for members that have
// begun: on a busy machine it simply does more of the tasks itself. The region ends when the program exits.
#define _GNU_SOURCE
#include "parallel.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

// Swift's clang has no omp.h.
extern int omp_get_thread_num(void);

enum {
  MOST_THREADS = 256,
  SPIN_NANOSECONDS = 100000,   // a member waits so long for the next job before it sleeps
  STALL_NANOSECONDS = 200000,  // waiting longer for a member, and
  STALL_FACTOR = 2,            // so many times longer than the caller worked, means that its core is not ours
  ALONE_FACTOR = 16,           // for so many times the length of a stall the caller then works alone
};

// ------------------------------------------------------------------------------------------------ processor details

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Denormal operands slow x86 arithmetic down by a factor of 60.
static unsigned long flush_denormals(void) {
#if defined(__x86_64__)
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
  return before;
#elif defined(__aarch64__)
  unsigned long before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" ::"r"(before | 1ul << 24));
  return before;
#else
  return 0;
#endif
}

static void restore_denormals(unsigned long before) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(before));
#else
  (void)before;
#endif
}

static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// ------------------------------------------------------------------------------------------------ thread count

static int clamp(long count) { return count < 1 ? 1 : count > MOST_THREADS ? MOST_THREADS : (int)count; }

static int default_thread_count(void) {
  const char *wish = getenv("OMP_NUM_THREADS");
  if (wish && atol(wish) > 0) return clamp(atol(wish));
  cpu_set_t allowed;
  int count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  int quota = cc_quota_processors("/proc/self/cgroup", "/sys/fs/cgroup");
  return clamp(count < quota ? count : quota);
}

static atomic_int thread_count;  // 0: not asked for yet
static atomic_int most_threads;  // that it has been

static void raise_most_threads(int count) {
  int most = atomic_load(&most_threads);
  while (most < count && !atomic_compare_exchange_weak(&most_threads, &most, count)) continue;
}

int32_t cc_thread_count(void) {
  int count = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (count) return count;
  int expected = 0, first = default_thread_count();
  raise_most_threads(first);
  atomic_compare_exchange_strong(&thread_count, &expected, first);
  return atomic_load(&thread_count);
}

void cc_set_thread_count(int32_t count) {
  raise_most_threads(clamp(count));
  atomic_store(&thread_count, clamp(count));
}

// ------------------------------------------------------------------------------------------------ the team

static struct {
  pthread_mutex_t lock;  // held by the caller whose job the team works on
  int members;           // beside the caller
  // The threads that opened regions, one for each time the team grew, and the process that they are of.
  int leaders;
  pthread_t leader[MOST_THREADS];
  pid_t process;
  // The job. Written while `is_open` is false and nobody is inside.
  cc_task body;
  void *context;
  bool backwards;
  int64_t alone_until;  // 0: the team is used
  int ranges;
  _Alignas(64) atomic_bool is_open;    // members may enter the job
  atomic_int inside;                   // members that have entered and not left
  _Alignas(64) atomic_uint generation; // counts jobs; the futex that members sleep on
  atomic_int asleep;
  atomic_int limit;                    // members with a number below it take part; −1 sends all home
  // A range of tasks for each thread: the first that is not handed out. Each on a cache line of its own.
  struct {
    _Alignas(64) atomic_size_t next;
    cc_span tasks;
  } range[MOST_THREADS];
} team = {.lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP};

static _Thread_local bool in_task;
static _Thread_local size_t slot;  // 0 for callers, 1 + number for members
static _Thread_local int slots;    // that this thread was last told of: its jobs run on no more threads

size_t cc_free_threads(void) { return in_task ? 1 : (size_t)cc_thread_count(); }

size_t cc_task_slot(void) { return slot; }

// As many as there ever were threads: another thread may change their count before the job begins. A caller that is itself a
// task of a larger team keeps its slot.
size_t cc_task_slots(void) {
  (void)cc_thread_count();
  slots = atomic_load(&most_threads);
  return (size_t)slots > slot ? (size_t)slots : slot + 1;
}

// The tasks of the thread's own range first: from one operation to the next these are mostly the same images, which lie in
// this core's cache. Then what others have not begun.
static void run_tasks(void) {
  in_task = true;
  for (int i = 0, r = (int)slot; i < team.ranges; i++, r = r + 1 < team.ranges ? r + 1 : 0) {
    const cc_span span = team.range[r].tasks;
    for (size_t task; (task = atomic_fetch_add_explicit(&team.range[r].next, 1, memory_order_relaxed)) < span.end;)
      team.body(team.context, team.backwards ? span.begin + span.end - 1 - task : task);
  }
  in_task = false;
}

// Waits for a job that is not number `seen`: spins for a while, then sleeps.
static unsigned wait_for_job(unsigned seen) {
  int64_t deadline = nanoseconds() + SPIN_NANOSECONDS;
  for (unsigned now;;) {
    for (int i = 0; i < 64; i++) {
      if ((now = atomic_load_explicit(&team.generation, memory_order_acquire)) != seen) return now;
      pause_briefly();
    }
    if (nanoseconds() < deadline) continue;
    atomic_fetch_add(&team.asleep, 1);
    syscall(SYS_futex, &team.generation, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    atomic_fetch_sub(&team.asleep, 1);
  }
}

// Wakes the members. What they shall see is written before.
static void announce(int limit) {
  atomic_store_explicit(&team.limit, limit, memory_order_relaxed);
  atomic_fetch_add(&team.generation, 1);
  if (atomic_load(&team.asleep) > 0)
    syscall(SYS_futex, &team.generation, FUTEX_WAKE_PRIVATE, MOST_THREADS, NULL, NULL, 0);
}

static void serve(int member) {
  flush_denormals();
  slot = (size_t)member + 1;
  for (unsigned seen = 0;;) {
    seen = wait_for_job(seen);
    int limit = atomic_load_explicit(&team.limit, memory_order_relaxed);
    if (limit < 0) return;
    if (member >= limit) continue;
    // Either the caller sees us inside and waits, or we see the job closed (both orders are sequentially consistent).
    atomic_fetch_add(&team.inside, 1);
    if (atomic_load(&team.is_open)) run_tasks();
    atomic_fetch_sub(&team.inside, 1);
  }
}

typedef struct {
  int first, count;
} members;

static void *open_region(void *argument) {
  members new = *(members *)argument;
  free(argument);
  pthread_setname_np(pthread_self(), "neural-team");
#pragma omp parallel num_threads(new.count)
  serve(new.first + omp_get_thread_num());
  return NULL;
}

// At exit libomp frees what a leader uses that has only begun to open its region: on a busy machine that was a crash after
// the last line of main. The lock is kept, so whoever still computes from here on works alone.
static void end_team(void) {
  // The leaders are not there in a child that was forked, and would never end while a signal's handler waits for them in a
  // thread that has the team.
  if (team.process != getpid() || in_task || pthread_mutex_lock(&team.lock) != 0) return;
  announce(-1);
  for (int i = 0; i < team.leaders; i++) pthread_join(team.leader[i], NULL);
}

// Under the lock. If a thread cannot be made the team stays as it is: the caller does the work.
static void grow_team(int wanted) {
  if (wanted <= team.members) return;
  members *new = malloc(sizeof *new);
  if (!new) return;
  *new = (members){team.members, wanted - team.members};
  sigset_t all, before;  // signals are for the program's own threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&team.leader[team.leaders], NULL, open_region, new) == 0) {
    if (team.leaders++ == 0) {
      team.process = getpid();
      atexit(end_team);
    }
    team.members = wanted;
  } else {
    free(new);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void run_alone(size_t tasks, cc_task body, void *context, bool backwards) {
  bool nested = in_task;
  in_task = true;
  for (size_t task = 0; task < tasks; task++) body(context, backwards ? tasks - 1 - task : task);
  in_task = nested;
}

// Waits for the members that have begun. One whose core another process has taken keeps its task for a whole time slice of
// the scheduler, many times what the task is worth: after such a stall the caller leaves that core alone for a while. A
// wait for one task more than the caller had is none.
static void wait_for_members(int64_t job_begin) {
  int64_t begin = 0;
  for (int spins = 0; atomic_load(&team.inside) > 0; spins++) {
    if (spins < 1000) {
      pause_briefly();
      continue;
    }
    if (!begin) begin = nanoseconds();
    sched_yield();
  }
  if (!begin) return;
  int64_t now = nanoseconds(), lost = now - begin;
  if (lost > STALL_NANOSECONDS && lost > STALL_FACTOR * (begin - job_begin)) team.alone_until = now + ALONE_FACTOR * lost;
}

// Under the lock.
static bool is_team_useful(void) {
  if (team.alone_until == 0) return true;
  if (nanoseconds() < team.alone_until) return false;
  team.alone_until = 0;
  return true;
}

static void run_together(int threads, size_t tasks, cc_task body, void *context, bool backwards) {
  grow_team(threads - 1);
  team.body = body;
  team.context = context;
  team.backwards = backwards;
  team.ranges = threads;
  for (int r = 0; r < threads; r++) {
    team.range[r].tasks = cc_split(tasks, (size_t)r, (size_t)threads);
    atomic_store_explicit(&team.range[r].next, team.range[r].tasks.begin, memory_order_relaxed);
  }
  atomic_store(&team.is_open, true);
  announce(threads - 1);
  int64_t begin = nanoseconds();
  run_tasks();
  atomic_store(&team.is_open, false);
  wait_for_members(begin);
}

static void run(size_t tasks, cc_task body, void *context, bool backwards) {
  int threads = cc_thread_count();
  if (slots && threads > slots) threads = slots;
  unsigned long before = flush_denormals();
  if (tasks < 2 || threads == 1 || in_task || pthread_mutex_trylock(&team.lock) != 0) {
    run_alone(tasks, body, context, backwards);
  } else {
    if (is_team_useful()) run_together(threads, tasks, body, context, backwards);
    else run_alone(tasks, body, context, backwards);
    pthread_mutex_unlock(&team.lock);
  }
  restore_denormals(before);
}

void cc_parallel(size_t tasks, cc_task body, void *context) { run(tasks, body, context, false); }
void cc_parallel_backwards(size_t tasks, cc_task body, void *context) { run(tasks, body, context, true); }
