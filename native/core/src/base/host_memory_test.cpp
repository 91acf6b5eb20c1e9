#include "base/host_memory.h"

#include <thread>
#include <vector>

#include "base/testing.h"

using namespace srvau;

namespace {

constexpr int64_t kMiB = 1 << 20;

at::Tensor bytes(int64_t count) { return at::empty({count}, at::kByte); }

struct Keeping {
  explicit Keeping(int64_t limit) {
    release_host_memory();
    keep_host_memory(limit);
  }
  ~Keeping() { keep_host_memory(0); }
};

}  // namespace

TEST(a_block_serves_the_next_tensor_of_its_size) {
  const Keeping keeping(64 * kMiB);
  const void* first = bytes(3 * kMiB).data_ptr();
  EXPECT_EQ(kept_host_bytes(), 3 * kMiB);
  const auto next = bytes(3 * kMiB - 1000);
  EXPECT_EQ(next.data_ptr(), first);
  EXPECT_EQ(kept_host_bytes(), 0);
}

TEST(a_block_is_at_most_a_quarter_larger_than_asked_for) {
  const Keeping keeping(1024 * kMiB);
  for (int64_t size = 70'000; size < 40 * kMiB; size = size * 9 / 8) {
    bytes(size);
    EXPECT(kept_host_bytes() >= size && kept_host_bytes() <= size + size / 4);
    release_host_memory();
  }
}

TEST(small_tensors_are_left_to_the_c_library) {
  const Keeping keeping(64 * kMiB);
  bytes(1000);
  bytes(0);
  EXPECT_EQ(kept_host_bytes(), 0);
}

TEST(no_more_is_kept_than_the_limit) {
  const Keeping keeping(4 * kMiB);
  { const auto a = bytes(3 * kMiB), b = bytes(3 * kMiB); }
  EXPECT_EQ(kept_host_bytes(), 3 * kMiB);
  bytes(8 * kMiB);
  EXPECT_EQ(kept_host_bytes(), 3 * kMiB);
  keep_host_memory(0);
  EXPECT_EQ(kept_host_bytes(), 0);
}

TEST(huge_blocks_are_aligned_to_huge_pages) {
  const Keeping keeping(64 * kMiB);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes(5 * kMiB).data_ptr()) % (2 * kMiB), 0u);
}

TEST(an_impossible_size_is_out_of_memory_and_gives_back_what_was_kept) {
  const Keeping keeping(64 * kMiB);
  bytes(3 * kMiB);
  const auto impossible = [] {
    try {
      bytes(int64_t{1} << 60);
    } catch (...) {
      throw current_error();
    }
  };
  EXPECT_ERROR(ErrorCode::kOutOfMemory, "memory", impossible());
  EXPECT_EQ(kept_host_bytes(), 0);
}

TEST(libtorch_may_allocate_without_a_tensor) {
  const Keeping keeping(64 * kMiB);
  auto* allocator = c10::GetAllocator(at::kCPU);
  for (const size_t size : {1000, 4096, 70'000, 5'000'000}) allocator->raw_deallocate(allocator->raw_allocate(size));
  EXPECT(kept_host_bytes() > 5'000'000);
}

TEST(tensors_outlive_the_setting_and_cross_threads) {
  std::vector<at::Tensor> tensors;
  {
    const Keeping keeping(64 * kMiB);
    std::thread([&] {
      for (int i = 0; i < 8; ++i) tensors.push_back(at::full({kMiB}, i));
    }).join();
  }
  for (int i = 0; i < 8; ++i) EXPECT_EQ(tensors[i].sum().item<int64_t>(), i * kMiB);
  tensors.clear();
  EXPECT_EQ(kept_host_bytes(), 0);
}

SRVAU_TEST_MAIN()
