#include <napi.h>

#include "base/runtime_info.h"

namespace {

Napi::Value RuntimeInfo(const Napi::CallbackInfo& call) {
  const auto info = srvau::runtime_info();
  auto result = Napi::Object::New(call.Env());
  result["torchVersion"] = info.torch_version;
  result["intraOpThreads"] = info.intra_op_threads;
  result["cpuCapability"] = info.cpu_capability;
  result["cudaDevices"] = info.cuda_devices;
  return result;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports["runtimeInfo"] = Napi::Function::New<RuntimeInfo>(env, "runtimeInfo");
  return exports;
}

}  // namespace

NODE_API_MODULE(srvau_native, Init)
