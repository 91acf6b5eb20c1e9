#include "bindings.h"
#include "convert.h"
#include "distributed/process_group.h"
#include "handle.h"

namespace srvau::binding {
namespace {

constexpr int64_t kMaxPort = 65535;

JoinOptions to_join_options(const Napi::Value& value) {
  Fields fields(value, "");
  JoinOptions options;
  options.world_size = static_cast<int>(fields.integer("worldSize", 1, kMaxInt));
  options.rank = static_cast<int>(fields.integer("rank", 0, options.world_size - 1));
  if (fields.given("address")) options.address = fields.name_or_none("address");
  options.port = static_cast<uint16_t>(fields.integer("port", options.rank == 0 ? 0 : 1, kMaxPort, options.port));
  options.listen_on = fields.name_or_none("listenOn");
  options.timeout = std::chrono::milliseconds(fields.integer("timeoutMs", 1, kMaxInt, options.timeout.count()));
  options.device = to_device(fields);
  fields.refuse_others();
  return options;
}

Napi::Value join_group(const Napi::CallbackInfo& call) {
  auto options = to_join_options(call[1]);
  std::vector<Kept> kept;
  if (!call[2].IsUndefined()) {
    if (!call[2].IsFunction()) fail_expected("a function", "onListening", call[2]);
    kept.push_back(keep(call[2].As<Napi::Object>()));
    options.on_listening = [environment = std::weak_ptr(Environment::of(call.Env())),
                            callback = std::weak_ptr(kept.back())](uint16_t port) {
      const auto alive = environment.lock();
      if (!alive) return;
      alive->post_to_js([callback, port](Napi::Env env) {
        if (const auto kept = callback.lock()) kept->Value().As<Napi::Function>().Call({Napi::Number::New(env, port)});
      });
    };
  }
  return start_task(
      call.Env(), options.device, Effect::kNone, *cancellation_of(call),
      [options](const CancelPtr& cancel) { return ProcessGroup::join(options, cancel); },
      [](Napi::Env env, const std::shared_ptr<ProcessGroup>& group) -> Napi::Value {
        return make_handle(env, group, group->device());
      },
      std::move(kept));
}

Napi::Value reduce_numbers(const Napi::CallbackInfo& call) {
  const auto group = unwrap<ProcessGroup>(call[1], "group");
  const auto view = to_double_view(call[2], "values");
  Fields fields(call[3], "");
  const auto reduction = fields.choice(
      "reduction", {{"sum", Reduction::kSum}, {"min", Reduction::kMin}, {"max", Reduction::kMax}}, Reduction::kSum);
  fields.refuse_others();
  return start_task(
      call.Env(), group->device(), Effect::kSome, *cancellation_of(call),
      [group, reduction, values = std::vector<double>(view.begin(), view.end())](const CancelPtr& cancel) {
        group->meet_at(c10::str("reduce ", values.size(), " numbers"), cancel);
        return values.empty() ? values : group->reduce_numbers(values, reduction, cancel);
      },
      [](Napi::Env env, const std::vector<double>& values) -> Napi::Value {
        auto array = Napi::Float64Array::New(env, values.size());
        std::copy(values.begin(), values.end(), array.Data());
        return array;
      });
}

}  // namespace

void export_process_group(Napi::Object exports) {
  export_function<join_group>(exports, "joinGroup");
  export_function<reduce_numbers>(exports, "reduceNumbers");
}

}  // namespace srvau::binding
