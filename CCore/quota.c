// The share of the processors that a cgroup leaves to a process: version 2, where one file holds quota and period, or
// version 1, where the controller `cpu` has a hierarchy of its own and two files.
#include "ccore.h"
#include <stdio.h>
#include <string.h>

enum { UNLIMITED = 1 << 20, PATH = 1024 };

// The numbers at the beginning of a file; returns how many of the two there are.
static int read_numbers(const char *folder, const char *file, double *first, double *second) {
  char path[PATH + 32], text[64];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  FILE *stream = fopen(path, "r");
  if (!stream) return 0;
  int count = fgets(text, sizeof text, stream) ? sscanf(text, "%lf %lf", first, second) : 0;
  fclose(stream);
  return count;
}

static int quota_of(const char *folder) {
  double quota, period, none;
  bool is_limited = read_numbers(folder, "cpu.max", &quota, &period) == 2 ||
                    (read_numbers(folder, "cpu.cfs_quota_us", &quota, &none) == 1 &&
                     read_numbers(folder, "cpu.cfs_period_us", &period, &none) == 1);
  if (!is_limited || !(quota > 0) || !(period > 0) || quota >= period * UNLIMITED) return UNLIMITED;
  int processors = (int)(quota / period);
  return processors < quota / period ? processors + 1 : processors;
}

// The quota may be set on any group from this one up to the root, all that a container sees of its own.
static int least_quota(const char *mount, const char *group) {
  char folder[PATH];
  if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= PATH) return UNLIMITED;
  for (int least = UNLIMITED;;) {
    int quota = quota_of(folder);
    if (quota < least) least = quota;
    if (strlen(folder) <= strlen(mount)) return least;
    *strrchr(folder, '/') = 0;
  }
}

// Whether a list separated by commas holds "cpu".
static bool has_cpu(const char *controllers) {
  for (const char *name = controllers; name; name = strchr(name, ','), name = name ? name + 1 : NULL)
    if (!strncmp(name, "cpu", 3) && (name[3] == ',' || name[3] == 0)) return true;
  return false;
}

int32_t cc_quota_processors(const char *membership, const char *mount) {
  int least = UNLIMITED;
  FILE *file = fopen(membership, "r");
  if (!file) return least;
  char line[PATH], legacy[PATH];
  snprintf(legacy, sizeof legacy, "%s/cpu", mount);
  while (fgets(line, sizeof line, file)) {  // number:controllers:group
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group || group[1] != '/') continue;
    *group++ = 0;
    controllers++;
    int quota = !*controllers ? least_quota(mount, group) : has_cpu(controllers) ? least_quota(legacy, group) : least;
    if (quota < least) least = quota;
  }
  fclose(file);
  return least;
}
