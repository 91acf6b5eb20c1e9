#include "base/error.h"

#include "base/testing.h"

namespace {

template <typename Body>
srvau::Error error_of(Body&& body) {
  try {
    body();
  } catch (...) {
    return srvau::current_error();
  }
  return srvau::Error(srvau::ErrorCode::kInternal, "it did not throw");
}

}  // namespace

TEST(memory_that_is_refused_is_told_in_our_words) {
  const auto refused = error_of([] { at::empty({int64_t{1} << 56}); });
  EXPECT(refused.code() == srvau::ErrorCode::kOutOfMemory);
  EXPECT_EQ(std::string(refused.what()),
            "expected memory for another tensor of 288230376151711744 bytes, which there is not; fewer sequences at a "
            "time, shorter ones, or fewer pixels may pass");
  const auto on_a_gpu = error_of([] {
    throw c10::OutOfMemoryError(
        {__func__, __FILE__, __LINE__},
        "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 80 GiB");
  });
  EXPECT(on_a_gpu.code() == srvau::ErrorCode::kOutOfMemory);
  EXPECT(std::string(on_a_gpu.what()).find("another tensor of 20.00 GiB,") != std::string::npos);
  EXPECT(error_of([] { throw std::bad_alloc(); }).code() == srvau::ErrorCode::kOutOfMemory);
}

TEST(other_exceptions_are_defects) {
  EXPECT(error_of([] { at::zeros({2}).view({3}); }).code() == srvau::ErrorCode::kInternal);
  EXPECT(error_of([] { throw 5; }).code() == srvau::ErrorCode::kInternal);
}

SRVAU_TEST_MAIN()
