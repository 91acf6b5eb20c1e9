#include "generate/bucketed_cache.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace srvau {
namespace {

/** Positions are provided in blocks: a row grows into the room of its block before anything moves. */
constexpr int64_t kBlock = 128;

int64_t blocks(int64_t positions) { return (positions + kBlock - 1) / kBlock * kBlock; }

/** Products of low precision are wanted in float, which on CUDA they are anyway before they are rounded. */
at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  if (a.is_cuda() && a.scalar_type() != at::kFloat) return at::bmm(a, b, at::kFloat);
  return at::bmm(a.to(at::kFloat), b.to(at::kFloat));
}

/** (places, heads, width) -> (places * kv_heads, heads of a kv head, width) */
at::Tensor by_kv_head(const at::Tensor& x, int64_t kv_heads) {
  return x.reshape({x.size(0) * kv_heads, x.size(1) / kv_heads, x.size(2)});
}

}  // namespace

int64_t bucket_of(int64_t rows) {
  int64_t bucket = 1;
  while (bucket < rows) bucket *= 2;
  // Small steps cost the same at any size; large ones are worth one size in between.
  return bucket >= 128 && bucket / 4 * 3 >= rows ? bucket / 4 * 3 : bucket;
}

BucketedCache::BucketedCache(const TextConfig& config, const at::TensorOptions& options)
    : config_(config), options_(options), layers_(static_cast<size_t>(config.num_hidden_layers)) {
  const auto none = at::empty({0, 0, config.head_dim()}, options);
  for (auto& layer : layers_) layer = {none, none, none, none};
}

void BucketedCache::join(std::shared_ptr<const PromptCache> prompt, int64_t samples) {
  prompts_.push_back({prompt->length(), -1, std::move(prompt)});
  for (int64_t i = 0; i < samples; ++i) rows_.push_back({prompts_.size() - 1});
}

void BucketedCache::keep(const std::vector<int64_t>& rows) {
  std::vector<Row> kept;
  kept.reserve(rows.size());
  for (const auto row : rows) kept.push_back(rows_[static_cast<size_t>(row)]);
  rows_ = std::move(kept);
}

void BucketedCache::advance() {
  for (auto& row : rows_) ++row.length;
}

bool BucketedCache::prepare() {
  if (rows_.empty()) return false;
  int64_t longest = 0;
  bool joining = false;
  for (const auto& row : rows_) {
    longest = std::max(longest, row.length + 1);
    joining = joining || row.place < 0;
  }
  const bool smaller = bucket_of(static_cast<int64_t>(rows_.size())) < places_;
  if (!joining && !smaller && longest <= own_positions_) return false;
  if (joining || smaller) {
    drop_unread_prompts();
    place_prompts();
  }
  place_rows(blocks(longest));
  index_slots();
  return true;
}

void BucketedCache::drop_unread_prompts() {
  std::map<size_t, size_t> renamed;
  for (const auto& row : rows_) renamed.emplace(row.prompt, 0);
  std::vector<Prompt> kept;
  for (auto& [before, now] : renamed) {
    now = kept.size();
    kept.push_back(std::move(prompts_[before]));
  }
  for (auto& row : rows_) row.prompt = renamed[row.prompt];
  prompts_ = std::move(kept);
}

void BucketedCache::place_prompts() {
  int64_t longest = 0;
  std::vector<int64_t> from, to;
  for (size_t i = 0; i < prompts_.size(); ++i) {
    longest = std::max(longest, prompts_[i].length);
    if (prompts_[i].place < 0) continue;
    from.push_back(prompts_[i].place);
    to.push_back(static_cast<int64_t>(i));
  }
  const int64_t places = static_cast<int64_t>(prompts_.size()), positions = blocks(longest);
  const int64_t kv = config_.num_key_value_heads, head_dim = config_.head_dim();
  const int64_t stay = std::min(positions, prompt_positions_);
  const auto source = indices(from), target = indices(to);
  // Layer by layer, so that only one layer is there twice. What is masked must still be a number.
  for (size_t i = 0; i < layers_.size(); ++i) {
    for (const bool values : {false, true}) {
      auto& buffer = values ? layers_[i].prompt_values : layers_[i].prompt_keys;
      const auto moved = at::zeros({places, kv, positions, head_dim}, options_);
      if (!from.empty()) {
        const auto old = buffer.view({prompt_places_, kv, prompt_positions_, head_dim});
        moved.narrow(2, 0, stay).index_copy_(0, target, old.index_select(0, source).narrow(2, 0, stay));
      }
      for (size_t p = 0; p < prompts_.size(); ++p) {
        if (prompts_[p].joining == nullptr) continue;
        const auto both = prompts_[p].joining->layers[i];  // (length, 2 * kv_heads, head_dim)
        moved[static_cast<int64_t>(p)]
            .narrow(1, 0, prompts_[p].length)
            .copy_(both.narrow(1, values ? kv : 0, kv).transpose(0, 1));
      }
      buffer = moved.flatten(0, 1);
    }
  }
  for (size_t i = 0; i < prompts_.size(); ++i) {
    prompts_[i].place = static_cast<int64_t>(i);
    prompts_[i].joining.reset();
  }
  prompt_places_ = places;
  prompt_positions_ = positions;
}

void BucketedCache::place_rows(int64_t positions) {
  const int64_t places = bucket_of(static_cast<int64_t>(rows_.size()));
  const int64_t kv = config_.num_key_value_heads, head_dim = config_.head_dim();
  const int64_t stay = std::min(positions, own_positions_);
  std::vector<int64_t> from, to;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].place < 0) continue;
    from.push_back(rows_[i].place);
    to.push_back(static_cast<int64_t>(i));
  }
  const auto source = indices(from), target = indices(to);
  for (auto& layer : layers_) {
    for (auto* buffer : {&layer.keys, &layer.values}) {
      const auto moved = at::zeros({places, kv, positions, head_dim}, options_);
      if (!from.empty()) {
        const auto old = buffer->view({places_, kv, own_positions_, head_dim}).narrow(2, 0, stay);
        moved.narrow(2, 0, stay).index_copy_(0, target, old.index_select(0, source));
      }
      *buffer = moved.flatten(0, 1);
    }
  }
  for (size_t i = 0; i < rows_.size(); ++i) rows_[i].place = static_cast<int64_t>(i);
  places_ = places;
  own_positions_ = positions;
}

void BucketedCache::index_slots() {
  std::vector<int64_t> taken(prompts_.size(), 0), slots;
  for (const auto& row : rows_) slots.push_back(taken[row.prompt]++);
  slots_ = *std::max_element(taken.begin(), taken.end());
  std::vector<int64_t> place_of_slot(prompts_.size() * static_cast<size_t>(slots_), 0);
  std::vector<int64_t> prompt_of_place(static_cast<size_t>(places_), 0), slot_of_place = prompt_of_place,
                                                                         lengths = prompt_of_place;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto& row = rows_[i];
    const auto place = static_cast<size_t>(row.place);
    place_of_slot[row.prompt * static_cast<size_t>(slots_) + static_cast<size_t>(slots[i])] = row.place;
    prompt_of_place[place] = static_cast<int64_t>(row.prompt);
    slot_of_place[place] = slots[i];
    lengths[place] = prompts_[row.prompt].length;
  }
  place_of_slot_ = indices(place_of_slot);
  prompt_of_place_ = indices(prompt_of_place);
  slot_of_place_ = indices(slot_of_place);
  const auto whole = options_.dtype(at::kLong);
  prompt_hidden_ = at::arange(prompt_positions_, whole).unsqueeze(0).ge(indices(lengths).unsqueeze(1));
  const int64_t kv = config_.num_key_value_heads;
  first_write_ = (at::arange(places_ * kv, whole) * own_positions_).view({places_, kv});
}

at::Tensor BucketedCache::indices(const std::vector<int64_t>& values) const {
  return at::tensor(values, at::kLong).to(options_.device());
}

BucketedCache::Step BucketedCache::begin_step(const at::Tensor& lengths) const {
  const auto place = lengths.unsqueeze(1);  // (places, 1)
  const auto own = at::arange(own_positions_, lengths.options()).unsqueeze(0).gt(place);
  return {(first_write_ + place).flatten(), at::cat({prompt_hidden_, own}, 1).unsqueeze(1)};
}

/** (places, heads, width) -> (prompt places * kv_heads, slots * heads of a kv head, width) */
at::Tensor BucketedCache::to_slots(const at::Tensor& by_place) const {
  const int64_t kv = config_.num_key_value_heads, group = by_place.size(1) / kv, width = by_place.size(2);
  return by_place.index_select(0, place_of_slot_)
      .view({prompt_places_, slots_, kv, group, width})
      .transpose(1, 2)
      .reshape({prompt_places_ * kv, slots_ * group, width});
}

/** The reverse: -> (places, heads, width) */
at::Tensor BucketedCache::from_slots(const at::Tensor& by_slot) const {
  const int64_t kv = config_.num_key_value_heads, width = by_slot.size(2);
  const auto x = by_slot.view({prompt_places_, kv, slots_, by_slot.size(1) / slots_, width});
  return x.transpose(1, 2).index({prompt_of_place_, slot_of_place_}).flatten(1, 2);
}

at::Tensor BucketedCache::attend(size_t layer, const at::Tensor& qkv, const Step& step) {
  const int64_t heads = config_.num_attention_heads, kv = config_.num_key_value_heads, head_dim = config_.head_dim();
  const auto& buffers = layers_[layer];
  const auto part = [&](int64_t first) { return qkv.narrow(1, first, kv).reshape({places_ * kv, head_dim}); };
  buffers.keys.view({-1, head_dim}).index_copy_(0, step.writes, part(heads));
  buffers.values.view({-1, head_dim}).index_copy_(0, step.writes, part(heads + kv));

  const auto q = qkv.narrow(1, 0, heads);
  const auto of_prompt = from_slots(product(to_slots(q), buffers.prompt_keys.transpose(1, 2)));
  const auto of_own = product(by_kv_head(q, kv), buffers.keys.transpose(1, 2)).view({places_, heads, own_positions_});
  const auto scores = at::cat({of_prompt, of_own}, 2);  // (places, heads, prompt positions + own positions) float
  scores.mul_(1 / std::sqrt(static_cast<double>(head_dim))).masked_fill_(step.hidden, -INFINITY);
  const auto weights = scores.softmax(-1).to(qkv.scalar_type());

  const auto from_prompt =
      from_slots(product(to_slots(weights.narrow(2, 0, prompt_positions_)), buffers.prompt_values));
  const auto from_own = product(by_kv_head(weights.narrow(2, prompt_positions_, own_positions_), kv), buffers.values);
  return (from_prompt + from_own.view({places_, heads, head_dim})).flatten(1).to(qkv.scalar_type());
}

int64_t BucketedCache::bytes() const {
  int64_t sum = 0;
  for (const auto& layer : layers_) {
    for (const auto* buffer : {&layer.prompt_keys, &layer.prompt_values, &layer.keys, &layer.values})
      sum += static_cast<int64_t>(buffer->nbytes());
  }
  return sum;
}

}  // namespace srvau
