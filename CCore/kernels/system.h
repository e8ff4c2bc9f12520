// System headers of the kernels, included before any target attribute is pushed: library code stays baseline code.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
