// Arithmetic on a few numbers, without tensors: computed on the JavaScript thread.

#include <cmath>

#include "bindings.h"
#include "fields.h"
#include "train/advantages.h"
#include "train/schedule.h"

namespace srvau::binding {
namespace {

std::vector<int64_t> to_integers(const View<double>& values, const char* what) {
  std::vector<int64_t> integers;
  for (const double value : values) {
    SRVAU_REQUIRE(std::trunc(value) == value && std::abs(value) <= static_cast<double>(kMaxSafeInteger),
                  "Expected safe integers for ", what, " but received ", value);
    integers.push_back(static_cast<int64_t>(value));
  }
  return integers;
}

Napi::Value from_doubles(Napi::Env env, const std::vector<double>& values) {
  auto result = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) result[static_cast<uint32_t>(i)] = Napi::Number::New(env, values[i]);
  return result;
}

Napi::Value advantages(const Napi::CallbackInfo& call) {
  const auto env = call.Env();
  Fields rewards(call[0], "rewards");
  const auto scores = to_double_view(rewards.get("scores"), "rewards.scores");
  const auto weights = to_double_view(rewards.get("weights"), "rewards.weights");
  const auto groups = to_double_view(rewards.get("groups"), "rewards.groups");
  const RewardMatrix matrix{
      {scores.begin(), scores.end()}, {weights.begin(), weights.end()}, to_integers(groups, "rewards.groups")};

  Fields fields(call[1], "");
  AdvantageOptions options;
  options.aggregation = fields.choice("aggregation",
                                      {{"normalize-then-sum", RewardAggregation::kNormalizeThenSum},
                                       {"sum-then-normalize", RewardAggregation::kSumThenNormalize}},
                                      options.aggregation);
  options.scale = fields.choice<std::optional<AdvantageScale>>(
      "scale", {{"none", AdvantageScale::kNone}, {"group", AdvantageScale::kGroup}, {"batch", AdvantageScale::kBatch}},
      std::nullopt);
  fields.refuse_others();

  const auto result = group_advantages(matrix, options);
  auto components = Napi::Array::New(env, result.components.size());
  for (size_t i = 0; i < result.components.size(); ++i) {
    auto component = Napi::Object::New(env);
    component["mean"] = result.components[i].mean;
    component["std"] = result.components[i].std;
    component["scored"] = result.components[i].scored;
    components[static_cast<uint32_t>(i)] = component;
  }
  auto object = Napi::Object::New(env);
  object["values"] = from_doubles(env, result.values);
  object["components"] = components;
  object["zeroVarianceRate"] = result.zero_variance_rate;
  return object;
}

int64_t to_count(const Napi::Value& value, const char* what) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(std::trunc(number) == number && number >= 0 && number <= static_cast<double>(kMaxSafeInteger)))
    fail_expected(c10::str("integer from 0 to ", kMaxSafeInteger), what, value);
  return static_cast<int64_t>(number);
}

Napi::Value overlong_penalty(const Napi::CallbackInfo& call) {
  const auto tokens = to_count(call[0], "tokens");
  Fields fields(call[1], "");
  const auto max_tokens = fields.integer("maxTokens", 0, kMaxInt);
  const auto soft_tokens = fields.integer("softTokens", 0, kMaxInt);
  fields.refuse_others();
  const double penalty = soft_overlong_penalty(tokens, max_tokens, soft_tokens);
  return Napi::Number::New(call.Env(), penalty == 0 ? 0 : penalty);  // never -0, which JavaScript shows
}

Napi::Value rate_multiplier(const Napi::CallbackInfo& call) {
  Fields fields(call[0], "schedule");
  Schedule schedule;
  schedule.kind = fields.choice(
      "kind",
      {{"constant", ScheduleKind::kConstant}, {"linear", ScheduleKind::kLinear}, {"cosine", ScheduleKind::kCosine}},
      schedule.kind);
  schedule.total_steps = fields.integer("totalSteps", 0, kMaxSafeInteger, schedule.total_steps);
  schedule.warmup_steps = fields.integer("warmupSteps", 0, kMaxSafeInteger, schedule.warmup_steps);
  schedule.warmup_ratio = fields.number("warmupRatio", schedule.warmup_ratio);
  schedule.min_ratio = fields.number("minRatio", schedule.min_ratio);
  fields.refuse_others();
  return Napi::Number::New(call.Env(), learning_rate_multiplier(schedule, to_count(call[1], "step")));
}

}  // namespace

void export_pure(Napi::Object exports) {
  export_function<advantages>(exports, "groupAdvantages");
  export_function<overlong_penalty>(exports, "softOverlongPenalty");
  export_function<rate_multiplier>(exports, "learningRateMultiplier");
}

}  // namespace srvau::binding
