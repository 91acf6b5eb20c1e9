#include <algorithm>

#include <ATen/TensorIndexing.h>

#include "generate/key_value_cache.h"

namespace srvau {
namespace {

/** Room is made for that many positions at a time. */
constexpr int64_t kBlock = 128;

class PaddedCache : public KeyValueCache {
 public:
  PaddedCache(const TextConfig& config, const at::TensorOptions& options) : config_(config), options_(options) {
    const auto none = at::empty({0, 2 * config.num_key_value_heads, 0, config.head_dim()}, options);
    layers_.assign(static_cast<size_t>(config.num_hidden_layers), none);
  }

  void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) override {
    const int64_t before = static_cast<int64_t>(lengths_.size()), length = prompt->length();
    resize(before + samples, std::max(capacity(), length + 1));
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      layers_[layer].narrow(0, before, samples).narrow(2, 0, length).copy_(prompt->layers[layer].transpose(0, 1));
    }
    lengths_.insert(lengths_.end(), static_cast<size_t>(samples), length);
  }

  void keep(const std::vector<int64_t>& rows) override {
    const auto index = at::tensor(rows, at::kLong).to(options_.device());
    for (auto& layer : layers_) layer = layer.index_select(0, index);
    std::vector<int64_t> lengths;
    for (const auto row : rows) lengths.push_back(lengths_[static_cast<size_t>(row)]);
    lengths_ = std::move(lengths);
  }

  at::Tensor attend(size_t layer, const at::Tensor& qkv) override {
    const int64_t heads = config_.num_attention_heads, kv_heads = config_.num_key_value_heads, rows = qkv.size(0);
    if (layer == 0) begin_step();
    auto& both = layers_[layer];  // (rows, 2 * kv_heads, capacity, head_dim)
    both.index_put_({rows_, at::indexing::Slice(), places_}, qkv.narrow(1, heads, 2 * kv_heads));
    const auto used = both.narrow(2, 0, mask_.size(3));
    const auto q = qkv.narrow(1, 0, heads).unsqueeze(2);  // (rows, heads, 1, head_dim)
    const auto out =
        at::scaled_dot_product_attention(q, used.narrow(1, 0, kv_heads), used.narrow(1, kv_heads, kv_heads), mask_, 0.0,
                                         false, std::nullopt, heads != kv_heads);
    return out.reshape({rows, heads * config_.head_dim()});
  }

 private:
  int64_t capacity() const { return layers_.front().size(2); }

  void resize(int64_t rows, int64_t positions) {
    positions = (positions + kBlock - 1) / kBlock * kBlock;
    for (auto& layer : layers_) {
      auto larger = at::zeros({rows, layer.size(1), positions, layer.size(3)}, options_);
      larger.narrow(0, 0, layer.size(0)).narrow(2, 0, layer.size(2)).copy_(layer);
      layer = std::move(larger);
    }
  }

  void begin_step() {
    const auto device = options_.device();
    const int64_t rows = static_cast<int64_t>(lengths_.size());
    const int64_t longest = *std::max_element(lengths_.begin(), lengths_.end()) + 1;
    if (longest > capacity()) resize(rows, longest);
    places_ = at::tensor(lengths_, at::kLong).to(device);
    rows_ = at::arange(rows, at::device(device).dtype(at::kLong));
    // Row i sees its filled positions and the one of this step.
    mask_ = at::arange(longest, at::device(device).dtype(at::kLong)).unsqueeze(0).le(places_.unsqueeze(1));
    mask_ = mask_.unsqueeze(1).unsqueeze(1);  // (rows, 1, 1, longest)
    for (auto& length : lengths_) ++length;
  }

  TextConfig config_;
  at::TensorOptions options_;
  std::vector<at::Tensor> layers_;  // (rows, 2 * kv_heads, capacity, head_dim)
  std::vector<int64_t> lengths_;
  at::Tensor rows_, places_, mask_;  // of the current step
};

}  // namespace

std::unique_ptr<KeyValueCache> make_padded_cache(const TextConfig& config, const at::TensorOptions& options) {
  return std::make_unique<PaddedCache>(config, options);
}

}  // namespace srvau
