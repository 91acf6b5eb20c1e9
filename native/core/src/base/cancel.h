#pragma once

#include <atomic>
#include <memory>

#include "base/error.h"

namespace srvau {

/** Set by any thread, looked at by the compute thread between operators. Shared by pointer. */
class CancelToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
  /** Throws Error CANCELLED once cancelled. */
  void check() const {
    if (cancelled()) fail(ErrorCode::kCancelled, "cancelled by the caller");
  }

 private:
  std::atomic<bool> cancelled_{false};
};

/** May be null: then nothing can cancel. */
using CancelPtr = std::shared_ptr<const CancelToken>;

inline void check_cancelled(const CancelPtr& token) {
  if (token) token->check();
}

}  // namespace srvau
