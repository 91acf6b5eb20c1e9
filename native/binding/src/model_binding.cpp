#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "bindings.h"
#include "checkpoint/parameters.h"
#include "config/model_config.h"
#include "convert.h"
#include "handle.h"
#include "loaded.h"

namespace srvau::binding {
namespace {

struct Counts {
  int64_t text = 0;
  int64_t vision = 0;
};

Counts count_parameters(const ModelConfig& config) {
  Counts counts;
  for (const auto& [name, shape] : expected_tensors(config)) {
    const int64_t values = c10::multiply_integers(shape);
    (name.starts_with("visual.") ? counts.vision : counts.text) += values;
  }
  return counts;
}

int64_t bytes_of(const Model& model) {
  const auto counts = count_parameters(model.config());
  return (counts.text + counts.vision) * static_cast<int64_t>(c10::elementSize(model.dtype()));
}

Napi::Object from_text(Napi::Env env, const TextConfig& config) {
  auto object = Napi::Object::New(env);
  object["vocabSize"] = config.vocab_size;
  object["hiddenSize"] = config.hidden_size;
  object["intermediateSize"] = config.intermediate_size;
  object["layers"] = config.num_hidden_layers;
  object["attentionHeads"] = config.num_attention_heads;
  object["keyValueHeads"] = config.num_key_value_heads;
  object["maxPositions"] = config.max_position_embeddings;
  return object;
}

Napi::Object from_vision(Napi::Env env, const VisionConfig& config) {
  auto object = Napi::Object::New(env);
  object["patchSize"] = config.patch_size;
  object["spatialMergeSize"] = config.spatial_merge_size;
  object["temporalPatchSize"] = config.temporal_patch_size;
  object["layers"] = config.depth;
  object["hiddenSize"] = config.hidden_size;
  object["patchDim"] = config.patch_dim();
  object["windowSize"] = config.window_size;
  object["tokensPerSecond"] = config.tokens_per_second;
  return object;
}

Napi::Object from_tokens(Napi::Env env, const ModelConfig& config) {
  auto object = Napi::Object::New(env);
  object["imagePad"] = config.image_token_id;
  object["videoPad"] = config.video_token_id;
  object["visionStart"] = config.vision_start_token_id;
  object["visionEnd"] = config.vision_end_token_id;
  return object;
}

Napi::Object from_info(Napi::Env env, const LoadedModel& loaded) {
  const auto& model = *loaded.model;
  const auto& config = model.config();
  const auto counts = count_parameters(config);
  auto parameters = Napi::Object::New(env);
  parameters["text"] = counts.text;
  parameters["vision"] = counts.vision;
  parameters["total"] = counts.text + counts.vision;
  auto info = Napi::Object::New(env);
  info["device"] = name_of(model.device());
  info["dtype"] = model.dtype() == at::kBFloat16 ? "bfloat16" : "float32";
  info["bytes"] = bytes_of(model);
  info["mapped"] = loaded.mapped();
  info["parameters"] = parameters;
  info["tieWordEmbeddings"] = config.tie_word_embeddings;
  info["text"] = from_text(env, config.text);
  info["vision"] = from_vision(env, config.vision);
  info["tokens"] = from_tokens(env, config);
  info["configJson"] = config.json;
  return info;
}

Napi::Value from_loaded(Napi::Env env, std::shared_ptr<LoadedModel>& loaded) {
  const auto& model = *loaded->model;
  auto result = Napi::Object::New(env);
  result["info"] = from_info(env, *loaded);
  // The pages of a mapped one are the system's to give back.
  result["handle"] = make_handle(env, loaded, model.device(), loaded->mapped() ? 0 : bytes_of(model));
  return result;
}

/** On the compute thread: the first look at a GPU starts its driver. */
void require_device(at::Device device) {
  if (device.is_cpu()) return;
  if (!at::hasCUDA()) fail(ErrorCode::kUnsupported, "device: expected cpu, as libtorch has no CUDA, received ", device);
  const int count = at::detail::getCUDAHooks().deviceCount();
  if (device.index() >= count)
    fail(ErrorCode::kUnsupported, "device: expected one of the ", count, " CUDA devices, counted from 0, received ",
         device);
}

std::shared_ptr<LoadedModel> owned(std::shared_ptr<Model> model) {
  auto loaded = std::make_shared<LoadedModel>();
  loaded->trainable = std::move(model);
  loaded->model = loaded->trainable;
  return loaded;
}

ModelOptions to_model_options(Fields& fields) { return {to_device(fields), to_dtype(fields, at::kFloat)}; }

Napi::Value load_model(const Napi::CallbackInfo& call) {
  const auto dir = to_name(call[1], "dir");
  Fields fields(call[2], "");
  const auto options = to_model_options(fields);
  fields.refuse_others();
  return start_task(
      call.Env(), options.device, Effect::kNone, *cancellation_of(call),
      [dir, options](const CancelPtr&) {
        require_device(options.device);
        return owned(Model::load(dir, options));
      },
      from_loaded);
}

Napi::Value map_model(const Napi::CallbackInfo& call) {
  const auto dir = to_name(call[1], "dir");
  return start_task(
      call.Env(), at::kCPU, Effect::kNone, *cancellation_of(call),
      [dir](const CancelPtr&) {
        auto loaded = std::make_shared<LoadedModel>();
        loaded->model = Model::map(dir);
        return loaded;
      },
      from_loaded);
}

Napi::Value random_model(const Napi::CallbackInfo& call) {
  Fields config(call[1], "config");
  const bool is_text = config.given("json");
  const auto source = is_text ? config.string("json") : to_name(config.get("dir"), "config.dir");
  const auto text_name = is_text ? config.string("name", "config.json") : "";
  config.refuse_others();
  Fields fields(call[2], "");
  const auto options = to_model_options(fields);
  const auto seed_value = fields.get("seed");
  bool exact = false;
  const uint64_t seed = seed_value.IsBigInt() ? seed_value.As<Napi::BigInt>().Uint64Value(&exact) : 0;
  if (!exact) fail_expected("a bigint from 0 to 2^64 - 1", "seed", seed_value);
  fields.refuse_others();
  return start_task(
      call.Env(), options.device, Effect::kNone, *cancellation_of(call),
      [is_text, source, text_name, options, seed](const CancelPtr&) {
        require_device(options.device);
        return owned(Model::random(is_text ? parse_model_config(source, text_name) : read_model_config(source), seed, options));
      },
      from_loaded);
}

Napi::Value save_model(const Napi::CallbackInfo& call) {
  const auto loaded = unwrap<LoadedModel>(call[1], "model");
  const auto dir = to_name(call[2], "dir");
  Fields fields(call[3], "");
  const auto dtype = to_dtype(fields, loaded->model->dtype());
  const auto companions_from = fields.name_or_none("companionsFrom");
  fields.refuse_others();
  return start_task(
      call.Env(), loaded->model->device(), Effect::kSome, *cancellation_of(call),
      [loaded, dir, dtype, companions_from](const CancelPtr&) {
        loaded->model->save(dir, companions_from, dtype);
        return Nothing();
      },
      nothing);
}

}  // namespace

void export_model(Napi::Object exports) {
  export_function<load_model>(exports, "loadModel");
  export_function<map_model>(exports, "mapModel");
  export_function<random_model>(exports, "randomModel");
  export_function<save_model>(exports, "saveModel");
}

}  // namespace srvau::binding
