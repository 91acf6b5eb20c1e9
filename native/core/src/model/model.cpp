#include "model/model.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "base/finite.h"
#include "model/weights.h"

namespace srvau {
namespace {

void check_dtype(at::ScalarType dtype, const char* what) {
  if (dtype != at::kFloat && dtype != at::kBFloat16)
    fail(ErrorCode::kUnsupported, what, ": expected float32 or bfloat16, received ", dtype);
}

/** @param source what `weight` was made from, maybe in another dtype */
void require_finite(const std::string& where, const at::Tensor& weight, const at::Tensor& source) {
  const auto at = first_not_finite(weight);
  if (!at) return;
  const auto value = source.reshape(-1)[*at].item<double>();
  fail(ErrorCode::kCheckpoint, where, ": expected finite weights", std::isfinite(value) ? " in " : "",
       std::isfinite(value) ? c10::toString(weight.scalar_type()) : "", ", received ", value, " as value ", *at, " of ",
       source.sizes());
}

/** FNV-1a: the same on every machine, unlike std::hash. */
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 14695981039346656037U;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211U;
  return hash;
}

}  // namespace

std::shared_ptr<Model> Model::load(const std::string& dir, const ModelOptions& options) {
  check_dtype(options.dtype, "dtype");
  const auto config = read_model_config(dir);
  const auto checkpoint = Checkpoint::open(dir);
  check_tensors(checkpoint, config);
  OwnedWeights weights(
      [&](const std::string& name, const at::Tensor& target) {
        const auto source = checkpoint.tensor(name);
        target.copy_(source);
        require_finite(dir + ": " + name, target, source);
      },
      options.dtype, options.device);
  auto model = std::shared_ptr<Model>(new Model(config, weights));
  model->parameters_ = weights.take_parameters();
  return model;
}

std::shared_ptr<const Model> Model::map(const std::string& dir) {
  const auto config = read_model_config(dir);
  const auto checkpoint = std::make_shared<const Checkpoint>(Checkpoint::open(dir));
  check_tensors(*checkpoint, config);
  const auto first = checkpoint->entry("model.norm.weight")->dtype;
  check_dtype(first, "model.norm.weight of a mapped checkpoint");
  for (const auto& name : checkpoint->names()) {
    if (checkpoint->entry(name)->dtype != first)
      fail(ErrorCode::kUnsupported, dir, ": ", name, ": expected ", first,
           " as the others to map the checkpoint, received ", checkpoint->entry(name)->dtype);
  }
  MappedWeights weights(checkpoint);
  auto model = std::shared_ptr<Model>(new Model(config, weights));
  model->mapped_ = checkpoint;
  return model;
}

std::shared_ptr<Model> Model::random(const ModelConfig& config, uint64_t seed, const ModelOptions& options) {
  check_dtype(options.dtype, "dtype");
  OwnedWeights weights(
      [&](const std::string& name, const at::Tensor& target) {
        if (target.dim() == 1) {
          target.fill_(name.ends_with(".bias") ? 0.0 : 1.0);
          return;
        }
        auto generator = at::detail::createCPUGenerator(seed ^ hash_of(name));
        target.copy_(at::randn(target.sizes(), generator, at::kFloat) * config.initializer_range);
      },
      options.dtype, options.device);
  auto model = std::shared_ptr<Model>(new Model(config, weights));
  model->parameters_ = weights.take_parameters();
  return model;
}

at::Tensor Model::embeddings(const PackedBatch& batch, const ForwardOptions& options) const {
  auto x = decoder_.embed(batch.ids);  // (T, H)
  if (batch.clips.empty()) return x;
  std::vector<at::Tensor> pixels;
  std::vector<Grid> grids;
  for (const auto& clip : batch.clips) {
    pixels.push_back(clip->pixels.to(x.options().requires_grad(false)));
    grids.push_back(clip->span.grid);
  }
  at::Tensor features;
  {
    at::AutoGradMode gradients(options.train_vision && at::GradMode::is_enabled());
    features = vision_.forward(at::cat(pixels), grids, options.recompute);
  }
  return x.index_copy(0, batch.vision_rows, features.index_select(0, batch.vision_source));
}

at::Tensor Model::hidden(const PackedBatch& batch, const ForwardOptions& options, const at::Tensor& rows) const {
  return decoder_.forward(embeddings(batch, options), decoder_.rotation(batch.positions), batch.plan, options.recompute,
                          rows);
}

ops::TokenLogprobs Model::logprobs(const PackedBatch& batch, const ForwardOptions& options,
                                   const ops::TokenLogprobOptions& token_options) const {
  const auto states = hidden(batch, options, batch.predict_rows);  // (N, H)
  return ops::token_logprobs(states, decoder_.head(), batch.targets, token_options);
}

void Model::fail_not_finite() const {
  std::string largest;
  double most = 0;
  const auto look_at = [&](const std::string& name, const at::Tensor& weight) {
    require_finite(name, weight, weight);
    const auto size = weight.abs().max().item<double>();
    if (size >= most) {
      most = size;
      largest = name;
    }
  };
  if (mapped_) {
    for (const auto& name : mapped_->names()) look_at(mapped_->dir() + ": " + name, mapped_->tensor(name));
  }
  for (const auto& parameter : parameters_) {
    for (const auto& slice : parameter.slices)
      look_at(slice.name, Parameter::view(parameter.tensor.detach(), slice));
  }
  fail(ErrorCode::kCheckpoint, "expected a model whose activations are finite in ", dtype(),
       ", received others although all weights are finite; the largest is ", most, " in ", largest);
}

void Model::save(const std::string& dir, const std::string& companions_from, at::ScalarType dtype) const {
  SRVAU_REQUIRE(!parameters_.empty(), "save: expected a model that was loaded or drawn, received a mapped one");
  check_dtype(dtype, "dtype");
  std::vector<NamedTensor> tensors;
  for (const auto& parameter : parameters_) {
    const auto value = parameter.tensor.detach().to(at::kCPU, dtype);
    for (const auto& slice : parameter.slices) tensors.push_back({slice.name, Parameter::view(value, slice)});
  }
  CheckpointWriteOptions write_options;
  write_options.companions_from = companions_from;
  write_checkpoint(dir, config_.json, tensors, write_options);
}

}  // namespace srvau
