#include <algorithm>
#include <cmath>

#include <ATen/Parallel.h>

#include "base/error.h"
#include "generate/key_value_cache.h"
#include "ops/cpu/kernels.h"

namespace srvau {
namespace {

constexpr int64_t kFirstCapacity = 64;

/**
 * Keys and values of one run of positions, in float: keys with positions as the last dimension, so that scores of many
 * positions are computed side by side; values the other way round.
 */
struct Run {
  at::Tensor keys;    // (layers, kv_heads, head_dim, capacity)
  at::Tensor values;  // (layers, kv_heads, capacity, head_dim)
  int64_t length = 0;
  int64_t capacity() const { return keys.size(3); }

  cpu::DecodeSpan span(size_t layer, int64_t filled) const {
    const auto l = static_cast<int64_t>(layer);
    return {keys.const_data_ptr<float>() + l * keys.stride(0), values.const_data_ptr<float>() + l * values.stride(0),
            capacity(), filled};
  }
};

class SharedPromptCache : public KeyValueCache {
 public:
  explicit SharedPromptCache(const TextConfig& config) : config_(config) {}

  void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) override {
    const auto shared = std::make_shared<const Run>(laid_out(*prompt));
    for (int64_t i = 0; i < samples; ++i) rows_.push_back({shared, empty_run(kFirstCapacity)});
  }

  void keep(const std::vector<int64_t>& rows) override {
    std::vector<Row> kept;
    kept.reserve(rows.size());
    for (const auto row : rows) kept.push_back(std::move(rows_[static_cast<size_t>(row)]));
    rows_ = std::move(kept);
  }

  at::Tensor attend(size_t layer, const at::Tensor& qkv) override {
    const int64_t rows = qkv.size(0), heads = config_.num_attention_heads, kv_heads = config_.num_key_value_heads;
    const int64_t head_dim = config_.head_dim(), group = heads / kv_heads;
    if (layer == 0) make_room();
    const auto x = qkv.to(at::kFloat).contiguous();
    const auto out = at::empty({rows, heads * head_dim}, x.options());
    const float* in = x.const_data_ptr<float>();
    float* result = out.mutable_data_ptr<float>();
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_dim)));
    at::parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
      std::vector<float> scores;
      for (int64_t i = begin; i < end; ++i) {
        auto& row = rows_[static_cast<size_t>(i)];
        const float* q = in + i * (heads + 2 * kv_heads) * head_dim;
        append(row.own, layer, q + heads * head_dim, q + (heads + kv_heads) * head_dim);
        const cpu::DecodeSpan spans[] = {row.prompt->span(layer, row.prompt->length),
                                         row.own.span(layer, row.own.length + 1)};
        scores.resize(static_cast<size_t>(group * (spans[0].length + spans[1].length + 64)));
        for (int64_t head = 0; head < kv_heads; ++head) {
          cpu::kernels().decode_attention(q + head * group * head_dim, group, head_dim, scale, spans, 2, head,
                                          scores.data(), result + (i * heads + head * group) * head_dim);
        }
      }
    });
    if (layer + 1 == static_cast<size_t>(config_.num_hidden_layers))
      for (auto& row : rows_) ++row.own.length;
    return out.to(qkv.scalar_type());
  }

 private:
  struct Row {
    std::shared_ptr<const Run> prompt;
    Run own;
  };

  Run empty_run(int64_t capacity) const {
    const int64_t layers = config_.num_hidden_layers, kv = config_.num_key_value_heads, d = config_.head_dim();
    return {at::empty({layers, kv, d, capacity}, at::kFloat), at::empty({layers, kv, capacity, d}, at::kFloat)};
  }

  Run laid_out(const PromptCache& prompt) const {
    const int64_t kv = config_.num_key_value_heads;
    auto run = empty_run(prompt.length());
    run.length = prompt.length();
    for (size_t layer = 0; layer < prompt.layers.size(); ++layer) {
      const auto& both = prompt.layers[layer];  // (P, 2 * kv_heads, head_dim)
      run.keys[static_cast<int64_t>(layer)].copy_(both.narrow(1, 0, kv).permute({1, 2, 0}));
      run.values[static_cast<int64_t>(layer)].copy_(both.narrow(1, kv, kv).permute({1, 0, 2}));
    }
    return run;
  }

  /** Doubles what is full. */
  void make_room() {
    for (auto& row : rows_) {
      if (row.own.length < row.own.capacity()) continue;
      auto larger = empty_run(2 * row.own.capacity());
      larger.keys.narrow(3, 0, row.own.length).copy_(row.own.keys);
      larger.values.narrow(2, 0, row.own.length).copy_(row.own.values);
      larger.length = row.own.length;
      row.own = std::move(larger);
    }
  }

  void append(const Run& run, size_t layer, const float* key, const float* value) const {
    const int64_t kv = config_.num_key_value_heads, d = config_.head_dim(), capacity = run.capacity();
    const auto l = static_cast<int64_t>(layer);
    float* keys = run.keys.mutable_data_ptr<float>() + l * kv * d * capacity + run.length;
    float* values = run.values.mutable_data_ptr<float>() + l * kv * d * capacity + run.length * d;
    for (int64_t i = 0; i < kv * d; ++i) keys[i * capacity] = key[i];
    for (int64_t head = 0; head < kv; ++head, value += d, values += capacity * d) std::copy(value, value + d, values);
  }

  TextConfig config_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<KeyValueCache> make_shared_prompt_cache(const TextConfig& config) {
  return std::make_unique<SharedPromptCache>(config);
}

}  // namespace srvau
