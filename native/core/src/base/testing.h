#pragma once

// A test program in one header, so that the core tests need nothing but libtorch. Each *_test.cpp is a program:
//
//   TEST(rounds_half_to_even) { EXPECT_EQ(f(2.5), 2); }
//   SRVAU_TEST_MAIN()
//
// A failed expectation is reported with its place and values, the test goes on, and the program ends with 1. The first
// argument, if any, runs only the tests whose name contains it. Tests that compute on device() do so on a GPU with
// SRVAU_TEST_DEVICE=cuda; where there is none the program says so and ends with kNotRun.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "base/error.h"

namespace srvau::testing {

struct Case {
  const char* name;
  std::function<void()> body;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

/** What ctest takes for "skipped". */
constexpr int kNotRun = 77;

/** Where models of tests are: the CPU, or what SRVAU_TEST_DEVICE names. */
inline at::Device device() {
  const char* name = std::getenv("SRVAU_TEST_DEVICE");
  return name == nullptr ? at::Device(at::kCPU) : at::Device(name);
}

inline bool has_cuda_device() { return at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0; }

/**
 * Where references are: the committed ones, seen from native/core, or what SRVAU_TEST_REFERENCES names. Tests that hold
 * all there are against them ("those_of" in their names) run on any; others want certain ones.
 */
inline std::filesystem::path references() {
  const char* dir = std::getenv("SRVAU_TEST_REFERENCES");
  return dir == nullptr ? "../../tests/reference" : dir;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};

inline void report(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  ++failures();
}

/** max |a - b| / max |b|, both as double; infinite when shapes differ or only one of them is finite somewhere. */
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  if (b.numel() == 0) return 0;
  const auto x = a.detach().to(at::kCPU, at::kDouble);
  const auto y = b.detach().to(at::kCPU, at::kDouble);
  if (!at::equal(x.isfinite(), y.isfinite())) return INFINITY;
  const auto difference = (x - y).nan_to_num(0, 0, 0).abs().max().item<double>();
  return difference / std::max(y.nan_to_num(0, 0, 0).abs().max().item<double>(), 1e-30);
}

/** Runs `body`; the message of the Error it throws, or "" when it throws none with that code. */
template <typename Body>
std::string message_of(ErrorCode code, Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code() == code ? error.what() : "";
  }
  return "";
}

inline int run_all(int argc, char** argv) {
  if (device().is_cuda() && !has_cuda_device()) {
    std::printf("not run: no CUDA device\n");
    return kNotRun;
  }
  int run = 0;
  for (const auto& test : cases()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    ++run;
    const int before = failures();
    try {
      test.body();
    } catch (const std::exception& error) {
      report(test.name, 0, std::string("threw ") + error.what());
    }
    std::printf("%s %s\n", failures() == before ? "ok  " : "FAIL", test.name);
  }
  if (run == 0) std::fprintf(stderr, "no test ran\n");
  std::printf("%d tests, %d failed expectations\n", run, failures());
  return failures() > 0 || run == 0 ? 1 : 0;
}

}  // namespace srvau::testing

#define TEST(name)                                                                   \
  static void test_##name();                                                         \
  static const srvau::testing::Registration registration_##name(#name, test_##name); \
  static void test_##name()

#define EXPECT(condition)                                                                        \
  do {                                                                                           \
    if (!(condition)) srvau::testing::report(__FILE__, __LINE__, "expected " #condition);        \
  } while (false)

#define EXPECT_EQ(actual, wanted)                                                                \
  do {                                                                                           \
    const auto srvau_actual = (actual);                                                         \
    const auto srvau_wanted = (wanted);                                                         \
    if (!(srvau_actual == srvau_wanted))                                                         \
      srvau::testing::report(__FILE__, __LINE__,                                                 \
                             c10::str(#actual " is ", srvau_actual, ", expected ", srvau_wanted)); \
  } while (false)

/** Tensors agree within `tolerance` of relative_error. */
#define EXPECT_NEAR(actual, wanted, tolerance)                                                   \
  do {                                                                                           \
    const double srvau_error = srvau::testing::relative_error((actual), (wanted));               \
    if (!(srvau_error <= (tolerance)))                                                           \
      srvau::testing::report(__FILE__, __LINE__,                                                 \
                             c10::str(#actual " is off by ", srvau_error, ", allowed ", tolerance)); \
  } while (false)

/** `body` throws an Error with this code whose message contains `part`. */
#define EXPECT_ERROR(code, part, body)                                                           \
  do {                                                                                           \
    const auto srvau_message = srvau::testing::message_of((code), [&] { body; });                \
    if (srvau_message.find(part) == std::string::npos || srvau_message.empty())                  \
      srvau::testing::report(__FILE__, __LINE__,                                                 \
                             c10::str("expected an error with ", part, ", received \"", srvau_message, "\"")); \
  } while (false)

#define SRVAU_TEST_MAIN() \
  int main(int argc, char** argv) { return srvau::testing::run_all(argc, argv); }
