#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <napi.h>

#include "environment.h"
#include "task.h"

namespace srvau::binding {

/**
 * Brings tokens to a callback of JavaScript. They gather while JavaScript is busy and come all together: at most one
 * call waits in its queue, computing never waits for it, and what gathers is never more than the completions
 * themselves.
 */
class TokenStream : public std::enable_shared_from_this<TokenStream> {
 public:
  /** @param callback kept by the task, which is settled after the last call */
  TokenStream(std::shared_ptr<Environment> environment, const Kept& callback)
      : environment_(std::move(environment)), callback_(callback) {}

  /** On the compute thread. */
  void add(size_t request, size_t sample, int64_t token, float logprob);

 private:
  struct Batch {
    std::vector<int64_t> requests, samples, ids;
    std::vector<float> logprobs;
  };

  void deliver(Napi::Env env);

  std::shared_ptr<Environment> environment_;
  std::weak_ptr<Napi::ObjectReference> callback_;  // locked on the JavaScript thread only
  std::mutex mutex_;
  Batch gathered_;
};

}  // namespace srvau::binding
