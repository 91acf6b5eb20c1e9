#include "token_stream.h"

#include <utility>

#include "convert.h"

namespace srvau::binding {

void TokenStream::add(size_t request, size_t sample, int64_t token, float logprob) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = gathered_.ids.empty();
    gathered_.requests.push_back(static_cast<int64_t>(request));
    gathered_.samples.push_back(static_cast<int64_t>(sample));
    gathered_.ids.push_back(token);
    gathered_.logprobs.push_back(logprob);
  }
  if (first) environment_->post_to_js([self = shared_from_this()](Napi::Env env) { self->deliver(env); });
}

void TokenStream::deliver(Napi::Env env) {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    batch = std::exchange(gathered_, {});
  }
  const auto callback = callback_.lock();
  if (!callback) return;
  auto object = Napi::Object::New(env);
  object["requests"] = from_ids(env, batch.requests);
  object["samples"] = from_ids(env, batch.samples);
  object["ids"] = from_ids(env, batch.ids);
  object["logprobs"] = from_floats(env, batch.logprobs);
  callback->Value().As<Napi::Function>().Call({object});
}

}  // namespace srvau::binding
