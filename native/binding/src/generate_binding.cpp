#include <algorithm>

#include "bindings.h"
#include "convert.h"
#include "generate/generate.h"
#include "handle.h"
#include "loaded.h"
#include "token_stream.h"
#include "train/token_scores.h"

namespace srvau::binding {
namespace {

std::vector<GenerateRequest> to_requests(const Napi::Value& value) {
  std::vector<GenerateRequest> requests;
  for (const auto& [element, path] : to_array(value, "requests")) {
    Fields fields(element, path);
    const auto seeds = to_uint64_view(fields.get("seeds"), fields.path_of("seeds"));
    requests.push_back({to_prompt(fields.get("prompt"), fields.path_of("prompt")), {seeds.begin(), seeds.end()}});
    if (fields.given("limits")) {
      const auto limits = to_int32_view(fields.get("limits"), fields.path_of("limits"));
      requests.back().limits.assign(limits.begin(), limits.end());
    }
  }
  return requests;
}

GenerateOptions to_generate_options(const Napi::Value& value) {
  Fields fields(value, "");
  GenerateOptions options;
  auto& sampling = options.sampling;
  sampling.max_new_tokens = fields.integer("maxNewTokens", 1, kMaxInt, sampling.max_new_tokens);
  sampling.temperature = fields.number("temperature", sampling.temperature);
  sampling.top_p = fields.number("topP", sampling.top_p);
  sampling.top_k = fields.integer("topK", 0, kMaxInt, sampling.top_k);
  sampling.stop_tokens = to_token_ids(fields.get("stopTokens"), "stopTokens");
  sampling.suppressed = to_token_ids(fields.get("suppressed"), "suppressed");
  options.mrope = to_mrope(fields);
  options.max_sequences = fields.integer("maxSequences", 0, kMaxInt, options.max_sequences);
  fields.refuse_others();
  return options;
}

using Completions = std::vector<std::vector<Completion>>;

Napi::Value from_completions(Napi::Env env, const Completions& all) {
  auto result = Napi::Array::New(env, all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    auto of_request = Napi::Array::New(env, all[i].size());
    for (size_t j = 0; j < all[i].size(); ++j) {
      const auto& completion = all[i][j];
      auto object = Napi::Object::New(env);
      object["ids"] = from_ids(env, completion.ids);
      object["logprobs"] = from_floats(env, completion.logprobs);
      object["finish"] = completion.finish == FinishReason::kStop ? "stop" : "length";
      of_request[static_cast<uint32_t>(j)] = object;
    }
    result[static_cast<uint32_t>(i)] = of_request;
  }
  return result;
}

Napi::Value generate(const Napi::CallbackInfo& call) {
  const std::shared_ptr<const LoadedModel> loaded = unwrap<LoadedModel>(call[1], "model");
  auto requests = to_requests(call[2]);
  auto options = to_generate_options(call[3]);
  std::vector<Kept> kept;
  std::shared_ptr<TokenStream> stream;
  if (!call[4].IsUndefined()) {
    if (!call[4].IsFunction()) fail_expected("a function", "onTokens", call[4]);
    kept.push_back(keep(call[4].As<Napi::Object>()));
    stream = std::make_shared<TokenStream>(Environment::of(call.Env()), kept.front());
  }
  return start_task(
      call.Env(), loaded->model->device(), Effect::kNone, *cancellation_of(call),
      [loaded, requests = std::move(requests), options = std::move(options), stream](const CancelPtr& cancel) {
        TokenCallback on_token;
        if (stream) {
          on_token = [&](size_t request, size_t sample, int64_t token, float logprob) {
            stream->add(request, sample, token, logprob);
          };
        }
        return srvau::generate(*loaded->model, requests, options, cancel, on_token);
      },
      from_completions, std::move(kept));
}

std::vector<PromptGroup> to_groups(const Napi::Value& value) {
  std::vector<PromptGroup> groups;
  for (const auto& [element, path] : to_array(value, "groups")) {
    Fields fields(element, path);
    groups.push_back({to_prompt(fields.get("prompt"), fields.path_of("prompt")), {}});
    for (const auto& [ids, ids_path] : fields.array("completions"))
      groups.back().completions.push_back(to_token_ids(ids, ids_path));
  }
  return groups;
}

Napi::Value from_scores(Napi::Env env, const TokenScores& scores) {
  auto object = Napi::Object::New(env);
  object["logprobs"] = from_floats(env, scores.logprobs);
  object["entropies"] = from_floats(env, scores.entropies);
  return object;
}

Napi::Value logprobs(const Napi::CallbackInfo& call) {
  const std::shared_ptr<const LoadedModel> loaded = unwrap<LoadedModel>(call[1], "model");
  auto groups = to_groups(call[2]);
  Fields fields(call[3], "");
  const auto scope = fields.choice("scope", {{"completions", Scope::kCompletions}, {"everything", Scope::kEverything}},
                                   Scope::kCompletions);
  const bool with_prompts = scope == Scope::kEverything;
  ScoreOptions options;
  options.mrope = to_mrope(fields);
  options.max_tokens = fields.integer("maxTokensPerBatch", 0, kMaxInt, options.max_tokens);
  options.softmax.temperature = fields.number("temperature", options.softmax.temperature);
  options.softmax.suppressed = to_suppressed(fields, with_prompts ? nullptr : &loaded->model->config());
  fields.refuse_others();
  return start_task(
      call.Env(), loaded->model->device(), Effect::kNone, *cancellation_of(call),
      [loaded, groups = std::move(groups), scope, options](const CancelPtr& cancel) {
        return token_scores(*loaded->model, groups, scope, options, cancel);
      },
      [with_prompts](Napi::Env env, const std::vector<GroupScores>& all) -> Napi::Value {
        auto result = Napi::Array::New(env, all.size());
        for (size_t i = 0; i < all.size(); ++i) {
          auto completions = Napi::Array::New(env, all[i].completions.size());
          for (size_t j = 0; j < all[i].completions.size(); ++j)
            completions[static_cast<uint32_t>(j)] = from_scores(env, all[i].completions[j]);
          auto object = Napi::Object::New(env);
          object["prompt"] = with_prompts ? from_scores(env, all[i].prompt) : env.Null();
          object["completions"] = completions;
          result[static_cast<uint32_t>(i)] = object;
        }
        return result;
      });
}

}  // namespace

void export_generate(Napi::Object exports) {
  export_function<generate>(exports, "generate");
  export_function<logprobs>(exports, "logprobs");
}

}  // namespace srvau::binding
