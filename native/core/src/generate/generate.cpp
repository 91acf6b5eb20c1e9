#include "generate/generate.h"

#include <algorithm>
#include <memory>

#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "generate/random.h"
#include "generate/sampler.h"
#include "ops/attention.h"

namespace srvau {
namespace {

/** Rows of prompts that one pass computes, at least one prompt: bounds the memory of a pass. */
constexpr int64_t kPrefillTokens = 16384;

/** A sequence that is being decoded. */
struct Active {
  size_t request, sample;
  int64_t position;  // rotary position of the token to be read next
  int64_t limit;     // tokens it may have
};

std::vector<int64_t> suppressed_of(const SamplingOptions& options, const ModelConfig& config) {
  auto ids = options.suppressed;
  ids.push_back(config.image_token_id);
  ids.push_back(config.video_token_id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

class Generation {
 public:
  Generation(const Model& model, const std::vector<GenerateRequest>& requests, const GenerateOptions& options,
             const CancelPtr& cancel, const TokenCallback& on_token)
      : model_(model),
        requests_(requests),
        options_(options),
        cancel_(cancel),
        on_token_(on_token),
        sampler_({options.sampling.temperature, options.sampling.top_p, options.sampling.top_k,
                  suppressed_of(options.sampling, model.config())},
                 model.config().text.vocab_size),
        decode_(make_decode(model, sampler_, options.decode)) {
    check();
    for (const auto& request : requests) {
      results_.emplace_back(request.seeds.size());
      for (auto& completion : results_.back()) completion.finish = FinishReason::kLength;
    }
  }

  std::vector<std::vector<Completion>> run() {
    at::NoGradGuard none;
    while (next_ < requests_.size() || !active_.empty()) {
      check_cancelled(cancel_);
      if (has_room()) admit();
      if (!active_.empty()) step();
    }
    return std::move(results_);
  }

 private:
  void check() const {
    const auto& sampling = options_.sampling;
    SRVAU_REQUIRE(sampling.max_new_tokens >= 1, "max_new_tokens: expected an integer from 1, received ",
                  sampling.max_new_tokens);
    SRVAU_REQUIRE(options_.max_sequences >= 0, "max_sequences: expected an integer from 0, received ",
                  options_.max_sequences);
    const int64_t limit = model_.config().text.max_position_embeddings;
    for (size_t i = 0; i < requests_.size(); ++i) {
      const auto length = static_cast<int64_t>(requests_[i].prompt.ids.size());
      SRVAU_REQUIRE(!requests_[i].seeds.empty(), "requests[", i, "].seeds: expected at least one, received none");
      const auto& limits = requests_[i].limits;
      SRVAU_REQUIRE(limits.empty() || limits.size() == requests_[i].seeds.size(), "requests[", i, "].limits: expected ",
                    requests_[i].seeds.size(), ", one for each seed, received ", limits.size());
      for (size_t j = 0; j < limits.size(); ++j)
        SRVAU_REQUIRE(limits[j] >= 1 && limits[j] <= sampling.max_new_tokens, "requests[", i, "].limits[", j,
                      "]: expected an integer from 1 to max_new_tokens, received ", limits[j]);
      check_prompt(requests_[i].prompt, model_.config(), options_.mrope, c10::str("requests[", i, "].prompt"));
      SRVAU_REQUIRE(length < limit, "requests[", i, "].prompt.ids: expected fewer than ", limit, " tokens, received ",
                    length);
    }
  }

  int64_t room() const {
    if (options_.max_sequences == 0) return INT64_MAX;
    return options_.max_sequences - static_cast<int64_t>(active_.size());
  }

  /** A prompt joins with all its samples, alone if need be. */
  bool has_room() const {
    return next_ < requests_.size() &&
           (active_.empty() || room() >= static_cast<int64_t>(requests_[next_].seeds.size()));
  }

  /** Computes the next prompts, as many as fit, and samples the first token of each of their sequences. */
  void admit() {
    std::vector<PromptGroup> groups;
    const size_t first = next_;
    int64_t tokens = 0, places = room();
    for (; next_ < requests_.size(); ++next_) {
      const auto& request = requests_[next_];
      const auto length = static_cast<int64_t>(request.prompt.ids.size());
      const auto samples = static_cast<int64_t>(request.seeds.size());
      const bool alone = groups.empty() && active_.empty();
      if (!alone && (samples > places || (!groups.empty() && tokens + length > kPrefillTokens))) break;
      groups.push_back({request.prompt, {}});
      tokens += length;
      places -= samples;
    }
    const auto batch = pack(groups, model_.config(), options_.mrope, Scope::kCompletions, model_.device());
    std::vector<std::shared_ptr<PromptCache>> caches;
    for (size_t i = 0; i < groups.size(); ++i) caches.push_back(std::make_shared<PromptCache>());
    std::vector<int64_t> last;  // row of each sequence's last prompt token
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto& segment = batch.plan->segments()[i];
      const int64_t row = segment.start + segment.length - 1;
      last.insert(last.end(), requests_[first + i].seeds.size(), row);
    }
    const auto states = prefill(batch, caches, at::tensor(last, at::kLong).to(model_.device()));
    const size_t before = active_.size();
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto& request = requests_[first + i];
      const auto length = static_cast<int64_t>(request.prompt.ids.size());
      const int64_t limit =
          std::min(options_.sampling.max_new_tokens, model_.config().text.max_position_embeddings - length);
      decode_->join(caches[i], static_cast<int64_t>(request.seeds.size()));
      for (size_t sample = 0; sample < request.seeds.size(); ++sample)
        active_.push_back({first + i, sample, batch.next_positions[i],
                           request.limits.empty() ? limit : std::min(limit, request.limits[sample])});
    }
    const auto& decoder = model_.decoder();
    const auto logits = at::mm(decoder.finish(states), decoder.head().t()).to(at::kFloat);
    extend(sampler_.choose(logits, uniforms(before)), before);
  }

  /** States of `rows` of a batch of prompts after the last layer; fills their caches. */
  at::Tensor prefill(const PackedBatch& batch, const std::vector<std::shared_ptr<PromptCache>>& caches,
                     const at::Tensor& rows) const {
    const auto& decoder = model_.decoder();
    const int64_t heads = decoder.config().num_attention_heads, kv_heads = decoder.config().num_key_value_heads;
    const auto rotation = decoder.rotation(batch.positions);
    const Decoder::Attention attend = [&](const at::Tensor& qkv) {
      const auto both = qkv.narrow(1, heads, 2 * kv_heads);
      for (size_t i = 0; i < caches.size(); ++i) {
        const auto& segment = batch.plan->segments()[i];
        caches[i]->layers.push_back(both.narrow(0, segment.start, segment.length).contiguous());
      }
      return ops::packed_attention(qkv, heads, kv_heads, batch.plan);
    };
    auto x = model_.embeddings(batch, {});
    for (const auto& weights : decoder.layers()) {
      check_cancelled(cancel_);
      x = decoder.layer(weights, x, rotation, attend, &weights == &decoder.layers().back() ? rows : at::Tensor());
    }
    return x;
  }

  /** One more token for every active sequence. */
  void step() {
    std::vector<int64_t> ids, positions;
    for (auto& sequence : active_) {
      ids.push_back(results_[sequence.request][sequence.sample].ids.back());
      positions.push_back(sequence.position++);
    }
    extend(decode_->step(ids, positions, uniforms(0)), 0);
  }

  /** The next random number of the active sequences from `first` on. */
  std::vector<double> uniforms(size_t first) const {
    std::vector<double> numbers;
    for (size_t i = first; i < active_.size(); ++i) {
      const auto& sequence = active_[i];
      numbers.push_back(uniform_at(requests_[sequence.request].seeds[sequence.sample],
                                   results_[sequence.request][sequence.sample].ids.size()));
    }
    return numbers;
  }

  /** Gives the active sequences from `first` on their next token; drops those that end. */
  void extend(const std::vector<Choice>& choices, size_t first) {
    std::vector<int64_t> kept;
    std::vector<Active> staying;
    for (size_t i = 0; i < active_.size(); ++i) {
      if (i >= first && !extend(active_[i], choices[i - first])) continue;
      kept.push_back(static_cast<int64_t>(i));
      staying.push_back(active_[i]);
    }
    if (kept.size() == active_.size()) return;
    active_ = std::move(staying);
    decode_->keep(kept);
  }

  /** False when that was the sequence's last token. */
  bool extend(const Active& sequence, const Choice& choice) {
    auto& completion = results_[sequence.request][sequence.sample];
    completion.ids.push_back(choice.token);
    completion.logprobs.push_back(choice.logprob);
    if (on_token_) on_token_(sequence.request, sequence.sample, choice.token, choice.logprob);
    const auto& stops = options_.sampling.stop_tokens;
    if (std::find(stops.begin(), stops.end(), choice.token) != stops.end()) {
      completion.finish = FinishReason::kStop;
      return false;
    }
    return static_cast<int64_t>(completion.ids.size()) < sequence.limit;
  }

  const Model& model_;
  const std::vector<GenerateRequest>& requests_;
  const GenerateOptions& options_;
  const CancelPtr& cancel_;
  const TokenCallback& on_token_;
  Sampler sampler_;
  std::unique_ptr<Decode> decode_;
  size_t next_ = 0;  // first request that has not been admitted
  std::vector<Active> active_;
  std::vector<std::vector<Completion>> results_;
};

}  // namespace

std::vector<std::vector<Completion>> generate(const Model& model, const std::vector<GenerateRequest>& requests,
                                              const GenerateOptions& options, const CancelPtr& cancel,
                                              const TokenCallback& on_token) {
  try {
    return Generation(model, requests, options, cancel, on_token).run();
  } catch (const NotANumber&) {
    model.fail_not_finite();
  }
}

}  // namespace srvau
