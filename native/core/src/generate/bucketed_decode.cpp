#include "generate/bucketed_decode.h"

namespace srvau {

BucketedDecode::BucketedDecode(const Model& model, const Sampler& sampler, std::unique_ptr<StepRunner> runner)
    : model_(model),
      sampler_(sampler),
      cache_(model.config().text, model.decoder().options()),
      runner_(std::move(runner)),
      suppressed_(sampler.suppressed_on(model.device())) {}

void BucketedDecode::join(std::shared_ptr<const PromptCache> prompt, int64_t samples) {
  cache_.join(std::move(prompt), samples);
}

void BucketedDecode::keep(const std::vector<int64_t>& rows) { cache_.keep(rows); }

std::vector<Choice> BucketedDecode::step(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
                                         const std::vector<double>& uniforms) {
  if (cache_.prepare()) {
    runner_->forget();
    make_buffers();
  }
  fill(ids, positions, uniforms);
  runner_->run(
      [&] {
        device_.whole.copy_(host_.whole, /*non_blocking=*/true);
        device_.uniforms.copy_(host_.uniforms, /*non_blocking=*/true);
      },
      [&] { work(); },
      [&] {
        fetched_.tokens.copy_(chosen_.tokens, /*non_blocking=*/true);
        fetched_.logprobs.copy_(chosen_.logprobs, /*non_blocking=*/true);
      });
  cache_.advance();
  std::vector<Choice> choices;
  const auto* tokens = fetched_.tokens.const_data_ptr<int64_t>();
  const auto* logprobs = fetched_.logprobs.const_data_ptr<float>();
  for (size_t i = 0; i < cache_.rows(); ++i) {
    const auto place = cache_.place(i);
    choices.push_back(checked_choice(tokens[place], logprobs[place]));
  }
  return choices;
}

void BucketedDecode::make_buffers() {
  const int64_t places = cache_.places();
  const auto device = model_.device();
  // Copies from and to pageable memory would wait for the device.
  const auto host = at::TensorOptions().pinned_memory(device.is_cuda());
  const auto staged = [&](const at::TensorOptions& options) {
    return Staged{at::zeros({3, places}, options.dtype(at::kLong)), at::zeros({places}, options.dtype(at::kDouble))};
  };
  chosen_ = {};
  host_ = staged(host);
  device_ = staged(at::device(device));
  fetched_ = {at::zeros({places}, host.dtype(at::kLong)), at::zeros({places}, host.dtype(at::kFloat))};
}

void BucketedDecode::fill(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
                          const std::vector<double>& uniforms) {
  // Idle places read token 0 at position 0, which is as good as any.
  host_.whole.zero_();
  auto whole = host_.whole.accessor<int64_t, 2>();
  auto uniform = host_.uniforms.accessor<double, 1>();
  for (size_t i = 0; i < cache_.rows(); ++i) {
    const auto place = cache_.place(i);
    whole[0][place] = ids[i];
    whole[1][place] = positions[i];
    whole[2][place] = cache_.length(i);
    uniform[place] = uniforms[i];
  }
}

void BucketedDecode::work() {
  const auto& decoder = model_.decoder();
  const auto rotation = decoder.rotation(device_.whole[1].expand({3, -1}));
  const auto step = cache_.begin_step(device_.whole[2]);
  auto x = decoder.embed(device_.whole[0]);
  size_t layer = 0;
  for (const auto& weights : decoder.layers()) {
    x = decoder.layer(weights, x, rotation, [&](const at::Tensor& qkv) { return cache_.attend(layer, qkv, step); });
    ++layer;
  }
  const auto logits = at::mm(decoder.finish(x), decoder.head().t()).to(at::kFloat);
  std::tie(chosen_.tokens, chosen_.logprobs) = sampler_.choose_on_device(logits, device_.uniforms, suppressed_);
}

}  // namespace srvau
