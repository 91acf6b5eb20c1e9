#pragma once

#include <memory>
#include <string>

#include <napi.h>

#include "distributed/process_group.h"
#include "environment.h"
#include "loaded.h"
#include "task.h"

namespace srvau::binding {

enum class HandleKind { kModel, kTrainer, kClip, kProcessGroup, kCancellation };

template <typename T>
struct HandleKindOf;
template <>
struct HandleKindOf<LoadedModel> {
  static constexpr HandleKind value = HandleKind::kModel;
};
template <>
struct HandleKindOf<TrainerState> {
  static constexpr HandleKind value = HandleKind::kTrainer;
};
template <>
struct HandleKindOf<const Clip> {
  static constexpr HandleKind value = HandleKind::kClip;
};
template <>
struct HandleKindOf<ProcessGroup> {
  static constexpr HandleKind value = HandleKind::kProcessGroup;
};
template <>
struct HandleKindOf<Cancellation> {
  static constexpr HandleKind value = HandleKind::kCancellation;
};

/**
 * An object that stands for something of C++. It carries a type tag: JavaScript cannot make one up, and each knows what
 * it stands for.
 *
 * What it holds is destroyed on the thread of its device, after all that was asked of it before: dispose() and the
 * garbage collector only queue that.
 *
 * @param bytes told to the garbage collector, which does not see them otherwise
 */
Napi::Object make_handle(Napi::Env env, HandleKind kind, std::shared_ptr<void> value, at::Device device, int64_t bytes);

template <typename T>
Napi::Object make_handle(Napi::Env env, std::shared_ptr<T> value, at::Device device = at::kCPU, int64_t bytes = 0) {
  return make_handle(env, HandleKindOf<T>::value, std::const_pointer_cast<std::remove_const_t<T>>(std::move(value)),
                     device, bytes);
}

/** @throws Napi::TypeError: not a handle of that kind, or disposed. */
std::shared_ptr<void> unwrap(const Napi::Value& value, HandleKind kind, const std::string& what);

/** @param what the argument, for the message */
template <typename T>
std::shared_ptr<T> unwrap(const Napi::Value& value, const std::string& what) {
  return std::static_pointer_cast<T>(unwrap(value, HandleKindOf<T>::value, what));
}

/** The first argument of an asynchronous call. */
inline std::shared_ptr<Cancellation> cancellation_of(const Napi::CallbackInfo& call) {
  return unwrap<Cancellation>(call[0], "cancellation");
}

/** Resolves once the memory has been given back. */
Napi::Promise dispose_handle(Napi::Env env, const Napi::Value& value);

}  // namespace srvau::binding
