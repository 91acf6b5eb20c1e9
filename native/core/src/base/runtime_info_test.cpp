#include "base/runtime_info.h"

#include <ATen/Parallel.h>

#include "base/testing.h"

TEST(describes_this_process) {
  at::set_num_threads(1);
  const auto info = srvau::runtime_info();
  EXPECT(info.torch_version.starts_with("2."));
  EXPECT_EQ(info.intra_op_threads, 1);
  EXPECT(!info.cpu_capability.empty());
  EXPECT_EQ(info.cuda_devices > 0, at::hasCUDA());
  EXPECT_EQ(info.cuda_device_names.size(), info.cuda_compiled ? static_cast<size_t>(info.cuda_devices) : 0U);
}

// Linking against libtorch is not enough: this fails where a kernel library is missing at run time.
TEST(computes) {
  const auto x = at::arange(6, at::kFloat).reshape({2, 3});  // (2, 3)
  const auto product = at::matmul(x, x.t());                 // (2, 2)
  EXPECT(at::equal(product, at::tensor({5.F, 14.F, 14.F, 50.F}).reshape({2, 2})));
}

TEST(errors_keep_their_code_and_foreign_ones_get_one) {
  using srvau::ErrorCode;
  const auto code_of = [](auto&& body) {
    try {
      body();
    } catch (...) {
      return srvau::current_error().code();
    }
    return ErrorCode::kCancelled;
  };
  EXPECT(code_of([] { srvau::fail(ErrorCode::kCheckpoint, "a ", 1); }) == ErrorCode::kCheckpoint);
  EXPECT(code_of([] { at::empty({int64_t{1} << 50}); }) == ErrorCode::kOutOfMemory);
  EXPECT(code_of([] { at::mm(at::zeros({2, 3}), at::zeros({2, 3})); }) == ErrorCode::kInternal);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected 1", SRVAU_REQUIRE(false, "expected ", 1));
}

SRVAU_TEST_MAIN()
