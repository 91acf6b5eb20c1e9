#include "model/batch.h"

#include <unordered_map>

#include "base/error.h"

namespace srvau {
namespace {

void check_ids(const std::vector<int64_t>& ids, const ModelConfig& config, bool pads_allowed, const std::string& what) {
  SRVAU_REQUIRE(!ids.empty(), what, ": expected at least one token, received none");
  for (size_t i = 0; i < ids.size(); ++i) {
    SRVAU_REQUIRE(ids[i] >= 0 && ids[i] < config.text.vocab_size, what, "[", i, "]: expected a token id from 0 to ",
                  config.text.vocab_size - 1, ", received ", ids[i]);
    SRVAU_REQUIRE(pads_allowed || (ids[i] != config.image_token_id && ids[i] != config.video_token_id), what, "[", i,
                  "]: expected a text token, received the pad token ", ids[i], " of images or videos");
  }
}

/** @return where its tokens are, after all that can be wrong with it */
MropePositions checked_positions(const Prompt& prompt, const ModelConfig& config, MropeVariant variant,
                                 const std::string& path) {
  check_ids(prompt.ids, config, true, path + ".ids");
  const auto length = static_cast<int64_t>(prompt.ids.size());
  SRVAU_REQUIRE(length <= config.text.max_position_embeddings, path, ".ids: expected at most ",
                config.text.max_position_embeddings, " tokens, received ", length);
  std::vector<VisionSpan> spans;
  for (size_t i = 0; i < prompt.clips.size(); ++i) {
    const auto& clip = *prompt.clips[i];
    SRVAU_REQUIRE(clip.pixels.dim() == 2 && clip.pixels.size(0) == clip.span.grid.patches() &&
                      clip.pixels.size(1) == config.vision.patch_dim(),
                  path, ".clips[", i, "].pixels: expected (", clip.span.grid.patches(), ", ",
                  config.vision.patch_dim(), "), received ", clip.pixels.sizes());
    spans.push_back(clip.span);
  }
  try {
    return mrope_positions(prompt.ids, spans, config, variant);
  } catch (const Error& error) {
    fail(error.code(), path, ": ", error.what());
  }
}

/** Builds the columns of a PackedBatch. */
class Packer {
 public:
  Packer(const ModelConfig& config, MropeVariant variant, Scope scope)
      : config_(config), variant_(variant), scope_(scope) {}

  void add(const PromptGroup& group, size_t index) {
    const auto at = c10::str("groups[", index, "]");
    const auto& ids = group.prompt.ids;
    const auto positions = checked_positions(group.prompt, config_, variant_, at + ".prompt");
    const int64_t length = static_cast<int64_t>(ids.size()), start = rows();
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    positions_.push_back(positions.positions);
    next_positions_.push_back(positions.next);
    place_clips(group.prompt, start);
    if (scope_ == Scope::kEverything) predict_run(start, ids, 1);

    // With one completion there is nothing to share: it goes on in the prompt's own run.
    const bool shared = group.completions.size() > 1;
    const int64_t prefix = static_cast<int64_t>(segments_.size());
    segments_.push_back({start, length});
    for (size_t i = 0; i < group.completions.size(); ++i) {
      const auto& completion = group.completions[i];
      check_completion(completion, ids.size(), config_, c10::str(at, ".completions[", i, "]"));
      const int64_t count = static_cast<int64_t>(completion.size());
      const int64_t own = rows();
      if (shared) {
        segments_.push_back({own, count, prefix});
      } else {
        segments_.back().length += count;
      }
      ids_.insert(ids_.end(), completion.begin(), completion.end());
      positions_.push_back(at::arange(positions.next, positions.next + count, at::kLong).expand({3, count}));
      // The prompt's last row predicts the first token, the completion's own rows the others.
      predict_rows_.push_back(start + length - 1);
      targets_.push_back(completion[0]);
      predict_run(own, completion, 1);
    }
  }

  PackedBatch finish(at::Device device) {
    PackedBatch batch;
    const auto column = [&](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
    batch.ids = column(ids_);
    batch.positions = at::cat(positions_, 1).to(device);
    batch.plan = ops::AttentionPlan::make(std::move(segments_), true, device);
    batch.clips = std::move(clips_);
    if (!batch.clips.empty()) {
      batch.vision_rows = column(vision_rows_);
      batch.vision_source = column(vision_source_);
    }
    batch.next_positions = std::move(next_positions_);
    batch.predict_rows = column(predict_rows_);
    batch.targets = column(targets_);
    return batch;
  }

 private:
  int64_t rows() const { return static_cast<int64_t>(ids_.size()); }

  /** Row `start` + i - 1 predicts ids[i], for i from `first`. */
  void predict_run(int64_t start, const std::vector<int64_t>& ids, size_t first) {
    for (size_t i = first; i < ids.size(); ++i) {
      predict_rows_.push_back(start + static_cast<int64_t>(i) - 1);
      targets_.push_back(ids[i]);
    }
  }

  void place_clips(const Prompt& prompt, int64_t start) {
    size_t next = 0;
    int64_t source = 0, left = 0;
    for (size_t i = 0; i < prompt.ids.size(); ++i) {
      if (prompt.ids[i] != config_.image_token_id && prompt.ids[i] != config_.video_token_id) continue;
      if (left == 0) {
        // mrope_positions has checked that runs and clips agree.
        const auto& clip = prompt.clips[next++];
        source = place_of(clip);
        left = clip->span.grid.tokens(config_.vision.spatial_merge_size);
      }
      vision_rows_.push_back(start + static_cast<int64_t>(i));
      vision_source_.push_back(source++);
      --left;
    }
  }

  /** First row of the clip in the vision tower's output. */
  int64_t place_of(const ClipPtr& clip) {
    const auto [entry, is_new] = places_.try_emplace(clip.get(), features_);
    if (is_new) {
      clips_.push_back(clip);
      features_ += clip->span.grid.tokens(config_.vision.spatial_merge_size);
    }
    return entry->second;
  }

  const ModelConfig& config_;
  MropeVariant variant_;
  Scope scope_;
  std::vector<int64_t> ids_, vision_rows_, vision_source_, predict_rows_, targets_, next_positions_;
  std::vector<at::Tensor> positions_;
  std::vector<ops::Segment> segments_;
  std::vector<ClipPtr> clips_;
  std::unordered_map<const Clip*, int64_t> places_;
  int64_t features_ = 0;
};

}  // namespace

void check_prompt(const Prompt& prompt, const ModelConfig& config, MropeVariant variant, const std::string& path) {
  checked_positions(prompt, config, variant, path);
}

void check_completion(const std::vector<int64_t>& ids, size_t prompt_tokens, const ModelConfig& config,
                      const std::string& path) {
  check_ids(ids, config, false, path);
  const auto total = static_cast<int64_t>(prompt_tokens + ids.size());
  SRVAU_REQUIRE(total <= config.text.max_position_embeddings, path, ": expected at most ",
                config.text.max_position_embeddings, " tokens with its prompt, received ", total);
}

PackedBatch pack(const std::vector<PromptGroup>& groups, const ModelConfig& config, MropeVariant variant, Scope scope,
                 at::Device device) {
  SRVAU_REQUIRE(!groups.empty(), "groups: expected at least one prompt, received none");
  Packer packer(config, variant, scope);
  for (size_t i = 0; i < groups.size(); ++i) packer.add(groups[i], i);
  return packer.finish(device);
}

}  // namespace srvau
