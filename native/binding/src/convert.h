#pragma once

#include <vector>

#include <napi.h>

#include "fields.h"
#include "model/batch.h"
#include "model/model.h"
#include "vision/mrope.h"

namespace srvau::binding {

// Structs of the core from JavaScript, and back.

at::Device to_device(Fields& fields, at::Device fallback = at::kCPU);
at::ScalarType to_dtype(Fields& fields, at::ScalarType fallback);
MropeVariant to_mrope(Fields& fields);
Prompt to_prompt(const Napi::Value& value, const std::string& what);
/** The field `suppressed`, sorted and distinct; where it is not there the pads of images and videos, or none. */
std::vector<int64_t> to_suppressed(Fields& fields, const ModelConfig* pads_of);
std::vector<float> to_floats(const Napi::Value& value, const std::string& what);

std::string name_of(at::Device device);
Napi::Value from_ids(Napi::Env env, const std::vector<int64_t>& ids);  // Int32Array
Napi::Value from_floats(Napi::Env env, const std::vector<float>& values);

}  // namespace srvau::binding
