#pragma once

#include <cstdio>
#include <cstdlib>

/** Ends the test with the place and the text of a condition that does not hold. Unlike assert, also in Release. */
#define SRVAU_CHECK(condition)                                                      \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                 \
    }                                                                               \
  } while (false)
