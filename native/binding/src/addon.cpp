#include <napi.h>

#include "base/host_memory.h"
#include "base/runtime_info.h"
#include "bindings.h"
#include "compute_thread.h"
#include "environment.h"
#include "fields.h"
#include "handle.h"

namespace srvau::binding {
namespace {

/** Kept from one step of training to the next; what a step needs beyond it goes back to the system. */
constexpr int64_t kKeptHostBytes = int64_t{1} << 30;

Napi::Value runtime_info(const Napi::CallbackInfo& call) {
  const auto info = srvau::runtime_info();
  auto result = Napi::Object::New(call.Env());
  result["torchVersion"] = info.torch_version;
  // Not info.intra_op_threads: that is of this thread, on which nothing is computed.
  result["intraOpThreads"] = cpu_threads();
  result["cpuCapability"] = info.cpu_capability;
  result["cudaCompiled"] = info.cuda_compiled;
  result["cudaDevices"] = info.cuda_devices;
  auto names = Napi::Array::New(call.Env(), info.cuda_device_names.size());
  for (uint32_t i = 0; i < names.Length(); ++i) names[i] = info.cuda_device_names[i];
  result["cudaDeviceNames"] = names;
  return result;
}

Napi::Value set_threads(const Napi::CallbackInfo& call) {
  const auto value = call[0];
  const double threads = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  if (!(threads >= 1 && threads <= kMaxCpuThreads && threads == static_cast<int>(threads)))
    fail_expected(c10::str("integer from 1 to ", kMaxCpuThreads), "threads", value);
  set_cpu_threads(static_cast<int>(threads));
  return call.Env().Undefined();
}

Napi::Value create_cancellation(const Napi::CallbackInfo& call) {
  return make_handle(call.Env(), std::make_shared<Cancellation>());
}

Napi::Value cancel(const Napi::CallbackInfo& call) {
  cancellation_of(call)->cancel(call.Env());
  return call.Env().Undefined();
}

Napi::Value dispose(const Napi::CallbackInfo& call) { return dispose_handle(call.Env(), call[0]); }

}  // namespace

Napi::Object init(Napi::Env env, Napi::Object exports) {
  keep_host_memory(kKeptHostBytes);
  Environment::install(env);
  export_function<runtime_info>(exports, "runtimeInfo");
  export_function<set_threads>(exports, "setThreads");
  export_function<create_cancellation>(exports, "createCancellation");
  export_function<cancel>(exports, "cancel");
  export_function<dispose>(exports, "dispose");
  export_model(exports);
  export_generate(exports);
  export_vision(exports);
  export_train(exports);
  export_process_group(exports);
  export_pure(exports);
  return exports;
}

}  // namespace srvau::binding

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return srvau::binding::init(env, exports); }

NODE_API_MODULE(srvau_native, Init)
