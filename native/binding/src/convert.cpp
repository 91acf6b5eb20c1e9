#include "convert.h"

#include <algorithm>
#include <charconv>

#include "handle.h"

namespace srvau::binding {

at::Device to_device(Fields& fields, at::Device fallback) {
  constexpr int kMaxDevices = 64;  // more than libtorch knows
  if (!fields.given("device")) return fallback;
  const auto name = fields.string("device");
  if (name == "cpu") return at::kCPU;
  int index = -1;
  if (name.starts_with("cuda:")) {
    const auto [rest, error] = std::from_chars(name.data() + 5, name.data() + name.size(), index);
    if (error != std::errc() || rest != name.data() + name.size()) index = -1;
  }
  if (index < 0 || index >= kMaxDevices) fail_expected("cpu or cuda:N", fields.path_of("device"), fields.get("device"));
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

at::ScalarType to_dtype(Fields& fields, at::ScalarType fallback) {
  return fields.choice("dtype", {{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}}, fallback);
}

MropeVariant to_mrope(Fields& fields) {
  return fields.choice("mrope",
                       {{srvau::name_of(MropeVariant::kTransformers457), MropeVariant::kTransformers457},
                        {srvau::name_of(MropeVariant::kTransformers518), MropeVariant::kTransformers518}},
                       MropeVariant::kTransformers457);
}

Prompt to_prompt(const Napi::Value& value, const std::string& what) {
  Fields fields(value, what);
  Prompt prompt{to_token_ids(fields.get("ids"), fields.path_of("ids")), {}};
  for (const auto& [clip, path] : fields.array("clips")) prompt.clips.push_back(unwrap<const Clip>(clip, path));
  return prompt;
}

std::vector<int64_t> to_suppressed(Fields& fields, const ModelConfig* pads_of) {
  std::vector<int64_t> ids;
  if (fields.given("suppressed")) {
    ids = to_token_ids(fields.get("suppressed"), fields.path_of("suppressed"));
  } else if (pads_of != nullptr) {
    ids = {pads_of->image_token_id, pads_of->video_token_id};
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<float> to_floats(const Napi::Value& value, const std::string& what) {
  const auto view = to_float_view(value, what);
  return {view.begin(), view.end()};
}

std::string name_of(at::Device device) { return device.is_cpu() ? "cpu" : device.str(); }

Napi::Value from_ids(Napi::Env env, const std::vector<int64_t>& ids) {
  auto array = Napi::Int32Array::New(env, ids.size());
  std::transform(ids.begin(), ids.end(), array.Data(), [](int64_t id) { return static_cast<int32_t>(id); });
  return array;
}

Napi::Value from_floats(Napi::Env env, const std::vector<float>& values) {
  auto array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace srvau::binding
