#pragma once

#include <napi.h>

#include "task.h"

namespace srvau::binding {

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

/** Makes what our code throws an Error of JavaScript. */
template <Function function>
Napi::Value guarded(const Napi::CallbackInfo& call) {
  try {
    return function(call);
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(call.Env(), current_error());
  }
}

template <Function function>
void export_function(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<guarded<function>>(exports.Env(), name));
}

// One for each file; their functions are declared and documented in js/src/addon.ts.
void export_model(Napi::Object exports);
void export_generate(Napi::Object exports);
void export_vision(Napi::Object exports);
void export_train(Napi::Object exports);
void export_process_group(Napi::Object exports);
void export_pure(Napi::Object exports);

}  // namespace srvau::binding
