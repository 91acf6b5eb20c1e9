#include "base/host_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <c10/core/CPUAllocator.h>

namespace srvau {
namespace {

constexpr size_t kSmallest = 64 << 10;  // below, the C library is as fast
constexpr size_t kHuge = 4 << 20;       // from here on huge pages
constexpr size_t kPage = 4 << 10, kHugePage = 2 << 20;
/** Sizes are powers of two and the three between each two of them: 1, 1 1/4, 1 1/2, 1 3/4. */
constexpr int kSteps = 4;
constexpr int kClasses = 64 * kSteps;

struct SizeClass {
  int index;
  size_t bytes;
};

SizeClass class_of(size_t bytes) {
  const int power = std::bit_width(bytes) - 1;
  const size_t step = (size_t{1} << power) / kSteps;
  const size_t steps = (bytes - (size_t{1} << power) + step - 1) / step;  // 0 … kSteps, kSteps being the next power
  return {power * kSteps + static_cast<int>(steps), (size_t{1} << power) + steps * step};
}

/** libtorch's own allocator with a store of blocks in front of it. */
class KeepingAllocator final : public c10::Allocator {
 public:
  static KeepingAllocator& self() {
    // Never destroyed: tensors in static objects of libtorch outlive ours.
    static auto* const allocator = new KeepingAllocator;
    return *allocator;
  }

  void set_limit(size_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      limit_ = bytes;
    }
    if (bytes == 0) release();
  }

  size_t kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (auto& blocks : store_) {
      for (void* block : blocks) std::free(block);
      blocks.clear();
    }
    kept_ = 0;
  }

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes < kSmallest || bytes > SIZE_MAX / 4) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    void* block = take(class_of(bytes));
    if (block == nullptr) {
      release();
      // Says how much was wanted when there is none.
      return c10::GetDefaultCPUAllocator()->allocate(bytes);
    }
    return {block, block, &give, at::Device(at::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give; }

  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }

 private:
  /** Takes back a block of ours, and, since libtorch asks for one deleter for all, a small one of the default's. */
  static void give(void* data) {
    if (reinterpret_cast<uintptr_t>(data) % kPage == 0 && self().put(data)) return;
    c10::GetDefaultCPUAllocator()->raw_deallocate(data);
  }

  /** Null when there is no memory left. */
  void* take(const SizeClass& size) {
    {
      const std::lock_guard lock(mutex_);
      auto& blocks = store_[size.index];
      if (!blocks.empty()) {
        void* block = blocks.back();
        blocks.pop_back();
        kept_ -= size.bytes;
        lent_.emplace(block, size);
        return block;
      }
    }
    void* block = fresh(size.bytes);
    if (block == nullptr) return nullptr;
    const std::lock_guard lock(mutex_);
    lent_.emplace(block, size);
    return block;
  }

  /** False when it is none of ours. */
  bool put(void* block) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = lent_.find(block);
      if (found == lent_.end()) return false;
      const auto size = found->second;
      lent_.erase(found);
      if (kept_ + size.bytes <= limit_) {
        store_[size.index].push_back(block);
        kept_ += size.bytes;
        return true;
      }
    }
    std::free(block);
    return true;
  }

  static void* fresh(size_t bytes) {
    void* block = nullptr;
    const bool huge = bytes >= kHuge;
    if (posix_memalign(&block, huge ? kHugePage : kPage, bytes) != 0) return nullptr;
#ifdef __linux__
    // Advice only: where the system has no huge pages, nothing changes.
    if (huge) madvise(block, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    return block;
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> store_;
  std::unordered_map<void*, SizeClass> lent_;
  size_t kept_ = 0;
  size_t limit_ = 0;
};

}  // namespace

void keep_host_memory(int64_t limit_bytes) {
  auto& allocator = KeepingAllocator::self();
  allocator.set_limit(static_cast<size_t>(std::max<int64_t>(limit_bytes, 0)));
  constexpr uint8_t kAboveDefault = 1;
  c10::SetCPUAllocator(&allocator, kAboveDefault);
}

void release_host_memory() { KeepingAllocator::self().release(); }

int64_t kept_host_bytes() { return static_cast<int64_t>(KeepingAllocator::self().kept()); }

}  // namespace srvau
