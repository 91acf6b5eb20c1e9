#include "bindings.h"
#include "convert.h"
#include "handle.h"
#include "loaded.h"
#include "train/trainer.h"
#include "train/trainer_state.h"

namespace srvau::binding {
namespace {

/** Of float: the gradient of each parameter, and of each that this rank updates two moments, and a master where the
 * parameter is not float itself. */
int64_t bytes_of(const Trainer& trainer) {
  int64_t floats = 0;
  for (const auto& parameter : trainer.optimizer().parameters()) floats += parameter.tensor.numel();
  for (const auto& slot : trainer.optimizer().slots())
    floats += slot.parameter.tensor.numel() * (slot.has_own_master() ? 3 : 2);
  return floats * static_cast<int64_t>(sizeof(float));
}

AdamWOptions to_optimizer_options(Fields fields) {
  AdamWOptions options;
  options.beta1 = fields.number("beta1", options.beta1);
  options.beta2 = fields.number("beta2", options.beta2);
  options.eps = fields.number("epsilon", options.eps);
  options.weight_decay = fields.number("weightDecay", options.weight_decay);
  fields.refuse_others();
  return options;
}

TrainerOptions to_trainer_options(const Napi::Value& value, const ModelConfig& config) {
  Fields fields(value, "");
  TrainerOptions options;
  if (fields.given("optimizer")) options.optimizer = to_optimizer_options(fields.object("optimizer"));
  options.max_grad_norm = fields.number("maxGradNorm", options.max_grad_norm);
  options.train_vision = fields.boolean("trainVision", options.train_vision);
  options.recompute = fields.boolean("recompute", options.recompute);
  options.mrope = to_mrope(fields);
  options.suppressed = to_suppressed(fields, &config);
  options.logits_chunk_bytes = fields.integer("logitsChunkBytes", 1, kMaxSafeInteger, options.logits_chunk_bytes);
  options.max_tokens_per_pass = fields.integer("maxTokensPerPass", 0, kMaxInt, options.max_tokens_per_pass);
  options.masters_from = fields.name_or_none("mastersFrom");
  if (fields.given("group")) options.group = unwrap<ProcessGroup>(fields.get("group"), fields.path_of("group"));
  fields.refuse_others();
  return options;
}

Napi::Value create_trainer(const Napi::CallbackInfo& call) {
  const auto loaded = unwrap<LoadedModel>(call[1], "model");
  auto options = to_trainer_options(call[2], loaded->model->config());
  return start_task(
      call.Env(), loaded->model->device(), Effect::kNone, *cancellation_of(call),
      [loaded, options = std::move(options)](const CancelPtr&) {
        SRVAU_REQUIRE(!loaded->has_trainer,
                      "model: expected one that no other trainer trains, received one that has a "
                      "trainer; dispose of that first");
        return std::make_shared<TrainerState>(loaded, options);
      },
      [](Napi::Env env, const std::shared_ptr<TrainerState>& state) -> Napi::Value {
        return make_handle(env, state, state->model->model->device(), bytes_of(state->trainer));
      });
}

/** An asynchronous call of a trainer. */
template <typename Work, typename Finish>
Napi::Value with_trainer(const Napi::CallbackInfo& call, Work work, Finish finish) {
  const auto state = unwrap<TrainerState>(call[1], "trainer");
  return start_task(
      call.Env(), state->model->model->device(), Effect::kSome, *cancellation_of(call),
      [state, work = std::move(work)](const CancelPtr& cancel) { return work(state->trainer, cancel); }, finish);
}

Napi::Value accumulate_sft(const Napi::CallbackInfo& call) {
  std::vector<SftSample> samples;
  for (const auto& [element, path] : to_array(call[2], "samples")) {
    Fields fields(element, path);
    samples.push_back({to_prompt(fields.get("prompt"), fields.path_of("prompt")),
                       to_token_ids(fields.get("completion"), fields.path_of("completion")),
                       to_floats(fields.get("weights"), fields.path_of("weights"))});
  }
  Fields fields(call[3], "");
  std::optional<double> normalizer;
  if (fields.given("normalizer")) normalizer = fields.number("normalizer");
  fields.refuse_others();
  return with_trainer(
      call,
      [samples = std::move(samples), normalizer](Trainer& trainer, const CancelPtr& cancel) {
        return trainer.accumulate_sft(samples, normalizer, cancel);
      },
      [](Napi::Env env, const SftStats& stats) -> Napi::Value {
        auto object = Napi::Object::New(env);
        object["lossSum"] = stats.loss_sum;
        object["weightSum"] = stats.weight_sum;
        object["tokens"] = stats.tokens;
        object["entropySum"] = stats.entropy_sum;
        return object;
      });
}

Rollout to_rollout(const Napi::Value& value, const std::string& path) {
  Fields fields(value, path);
  Rollout rollout;
  rollout.ids = to_token_ids(fields.get("ids"), fields.path_of("ids"));
  rollout.advantage = fields.number("advantage");
  const auto floats = [&](const char* name) {
    return fields.given(name) ? to_floats(fields.get(name), fields.path_of(name)) : std::vector<float>();
  };
  rollout.old_logprobs = floats("oldLogprobs");
  rollout.reference_logprobs = floats("referenceLogprobs");
  rollout.masked = fields.boolean("masked", rollout.masked);
  return rollout;
}

std::vector<RolloutGroup> to_rollout_groups(const Napi::Value& value) {
  std::vector<RolloutGroup> groups;
  for (const auto& [element, path] : to_array(value, "groups")) {
    Fields fields(element, path);
    groups.push_back({to_prompt(fields.get("prompt"), fields.path_of("prompt")), {}});
    for (const auto& [rollout, rollout_path] : fields.array("rollouts"))
      groups.back().rollouts.push_back(to_rollout(rollout, rollout_path));
  }
  return groups;
}

GrpoLossOptions to_loss_options(const Napi::Value& value) {
  Fields fields(value, "loss");
  GrpoLossOptions options;
  options.loss_type = fields.choice("lossType",
                                    {{"grpo", GrpoLossType::kGrpo},
                                     {"dr_grpo", GrpoLossType::kDrGrpo},
                                     {"dapo", GrpoLossType::kDapo},
                                     {"bnpo", GrpoLossType::kBnpo}},
                                    options.loss_type);
  options.importance = fields.choice(
      "importance", {{"token", ImportanceLevel::kToken}, {"sequence", ImportanceLevel::kSequence}}, options.importance);
  options.clip_low = fields.number("clipLow", options.clip_low);
  options.clip_high = fields.number("clipHigh", options.clip_high);
  if (fields.given("delta")) options.delta = fields.number("delta");
  options.kl_coef = fields.number("klCoef", options.kl_coef);
  options.kl_times_ratio = fields.boolean("klTimesRatio", options.kl_times_ratio);
  options.max_completion_length = fields.integer("maxCompletionLength", 1, kMaxInt, options.max_completion_length);
  fields.refuse_others();
  return options;
}

Napi::Value from_grpo_stats(Napi::Env env, const GrpoStats& stats) {
  auto object = Napi::Object::New(env);
  object["loss"] = stats.loss;
  object["tokens"] = stats.tokens;
  object["ratios"] = stats.ratios;
  object["klSum"] = stats.kl_sum;
  object["entropySum"] = stats.entropy_sum;
  object["ratioSum"] = stats.ratio_sum;
  object["clippedLow"] = stats.clipped_low;
  object["clippedHigh"] = stats.clipped_high;
  object["maxLogRatio"] = stats.max_log_ratio;
  return object;
}

Napi::Value accumulate_grpo(const Napi::CallbackInfo& call) {
  auto groups = to_rollout_groups(call[2]);
  const auto loss = to_loss_options(call[3]);
  Fields fields(call[4], "");
  std::optional<GrpoTotals> totals;
  if (fields.given("totals")) {
    auto of_step = fields.object("totals");
    totals = {of_step.integer("sequences", 0, kMaxInt), of_step.integer("tokens", 0, kMaxSafeInteger)};
    of_step.refuse_others();
  }
  const double temperature = fields.number("temperature", 1.0);
  fields.refuse_others();
  return with_trainer(
      call,
      [groups = std::move(groups), loss, totals, temperature](Trainer& trainer, const CancelPtr& cancel) {
        return trainer.accumulate_grpo(groups, loss, totals, temperature, cancel);
      },
      from_grpo_stats);
}

Napi::Value trainer_step(const Napi::CallbackInfo& call) {
  Fields fields(call[2], "");
  const double learning_rate = fields.number("learningRate", 0, kMaxLearningRate);
  fields.refuse_others();
  return with_trainer(
      call, [learning_rate](Trainer& trainer, const CancelPtr& cancel) { return trainer.step(learning_rate, cancel); },
      [](Napi::Env env, const StepStats& stats) -> Napi::Value {
        auto object = Napi::Object::New(env);
        object["gradNorm"] = stats.grad_norm;
        object["clipped"] = stats.clipped;
        object["skipped"] = stats.skipped;
        return object;
      });
}

Napi::Value discard_gradients(const Napi::CallbackInfo& call) {
  return with_trainer(
      call,
      [](Trainer& trainer, const CancelPtr&) {
        trainer.discard_gradients();
        return Nothing();
      },
      nothing);
}

Napi::Value save_optimizer_file(const Napi::CallbackInfo& call) {
  return with_trainer(
      call,
      [file = to_name(call[2], "file")](Trainer& trainer, const CancelPtr& cancel) {
        save_optimizer(trainer.optimizer(), file, cancel);
        return Nothing();
      },
      nothing);
}

Napi::Value load_optimizer_file(const Napi::CallbackInfo& call) {
  return with_trainer(
      call,
      [file = to_name(call[2], "file")](Trainer& trainer, const CancelPtr& cancel) {
        load_optimizer(trainer.optimizer(), file, cancel);
        return Nothing();
      },
      nothing);
}

}  // namespace

void export_train(Napi::Object exports) {
  export_function<create_trainer>(exports, "createTrainer");
  export_function<accumulate_sft>(exports, "accumulateSft");
  export_function<accumulate_grpo>(exports, "accumulateGrpo");
  export_function<trainer_step>(exports, "trainerStep");
  export_function<discard_gradients>(exports, "discardGradients");
  export_function<save_optimizer_file>(exports, "saveOptimizer");
  export_function<load_optimizer_file>(exports, "loadOptimizer");
}

}  // namespace srvau::binding
