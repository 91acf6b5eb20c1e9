#include "config/model_config.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <c10/util/StringUtil.h>

#include "base/files.h"
#include "config/json.h"

namespace srvau {
namespace {

// Far above any model, and so low that parameter counts and byte counts stay inside int64.
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxHidden = int64_t{1} << 18;
constexpr int64_t kMaxIntermediate = int64_t{1} << 22;
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxPositions = int64_t{1} << 31;
constexpr int64_t kMaxPixels = int64_t{1} << 16;
constexpr int64_t kMaxPatch = 1024;
constexpr int64_t kMaxGroup = 16;  // channels, frames of a patch, patches along a side of a token
// Beyond these nothing finite comes out.
constexpr double kMaxNormEps = 1;
constexpr double kMaxRopeTheta = 1e12;
constexpr double kMaxTokensPerSecond = 1e6;
constexpr double kMaxInitializerRange = 100;
constexpr uint64_t kMaxConfigBytes = uint64_t{1} << 24;

int64_t size_or(const JsonField& field, int64_t otherwise, int64_t max) {
  return field.absent() ? otherwise : field.integer(1, max);
}

double number_or(const JsonField& field, double otherwise) { return field.absent() ? otherwise : field.number(); }

double positive_or(const JsonField& field, double otherwise, double max) {
  const double value = number_or(field, otherwise);
  if (!(value > 0 && value <= max)) field.fail_expected(c10::str("a positive number up to ", max));
  return value;
}

bool boolean_or(const JsonField& field, bool otherwise) { return field.given() ? field.boolean() : otherwise; }

// transformers takes a pair as well as one number; the model only works with equal ones.
int64_t patch_extent(const JsonField& field, int64_t otherwise, int64_t max) {
  if (!field.is_array()) return size_or(field, otherwise, max);
  const auto items = field.items();
  if (items.empty()) field.fail_expected("a number, or one for each axis");
  for (const auto& item : items) {
    if (item.integer(1, max) != items.front().integer(1, max)) field.fail_unsupported("equal numbers");
  }
  return items.front().integer(1, max);
}

void require_silu(const JsonField& field) {
  if (!field.absent() && field.string() != "silu") field.fail_unsupported("\"silu\"");
}

void require_full_attention(const JsonField& text, int64_t layers) {
  const auto types = text["layer_types"];
  if (types.given()) {
    for (const auto& type : types.items()) {
      if (type.string() != "full_attention") type.fail_unsupported("\"full_attention\"");
    }
    if (static_cast<int64_t>(types.items().size()) != layers) {
      types.fail_expected("one entry for each of " + std::to_string(layers) + " layers");
    }
    return;
  }
  // A window is in use only from layer max_window_layers on.
  const auto use = text["use_sliding_window"];
  const auto window = text["sliding_window"];
  const auto from = text["max_window_layers"];
  const bool slides = boolean_or(use, false) && (window.absent() || window.given());
  const auto first = from.given() ? from.integer(0, kMaxPositions) : 80;
  if (slides && first < layers) {
    use.fail_unsupported("false, or max_window_layers >= num_hidden_layers (" + std::to_string(first) + " < " +
                         std::to_string(layers) + ")");
  }
}

// The rotary fields moved between releases: rope_theta beside or inside, rope_scaling or rope_parameters.
void read_rope(const JsonField& text, TextConfig& config) {
  const auto scaling = text["rope_scaling"];
  const auto rope = scaling.given() && !scaling.object().empty() ? scaling : text["rope_parameters"];
  const auto type = rope["rope_type"].given() ? rope["rope_type"] : rope["type"];
  if (type.given() && type.string() != "default" && type.string() != "mrope") {
    type.fail_unsupported("\"default\" or \"mrope\"");
  }
  for (const auto& partial : {rope["partial_rotary_factor"], text["partial_rotary_factor"]}) {
    if (partial.given() && partial.number() != 1) partial.fail_unsupported("1");
  }
  for (const auto* nested : {"full_attention", "sliding_attention"}) {
    if (rope[nested].given()) rope[nested].fail_unsupported("one set of parameters for all layers");
  }
  config.rope_theta = positive_or(rope["rope_theta"].given() ? rope["rope_theta"] : text["rope_theta"], 1e6, kMaxRopeTheta);

  const auto section = rope["mrope_section"];
  config.mrope_section = {16, 24, 24};
  if (section.given()) {
    const auto items = section.items();
    if (items.size() != 3) section.fail_expected("three numbers: temporal, height, width");
    std::transform(items.begin(), items.end(), config.mrope_section.begin(),
                   [](const JsonField& item) { return item.integer(0, kMaxHidden); });
  }
  const auto& parts = config.mrope_section;
  const auto sum = std::accumulate(parts.begin(), parts.end(), int64_t{0});
  if (2 * sum != config.head_dim()) {
    section.fail_expected("numbers that add up to head_dim / 2 = " + std::to_string(config.head_dim()) +
                          " / 2; they add up to " + std::to_string(sum));
  }
}

void require_head_dim(const JsonField& field, int64_t expected) {
  if (field.given() && field.integer(1, kMaxHidden) != expected) {
    field.fail_unsupported("hidden_size / heads = " + std::to_string(expected));
  }
}

TextConfig read_text(const JsonField& text) {
  TextConfig config{};
  config.vocab_size = size_or(text["vocab_size"], 152064, kMaxVocabulary);
  config.hidden_size = size_or(text["hidden_size"], 8192, kMaxHidden);
  config.intermediate_size = size_or(text["intermediate_size"], 29568, kMaxIntermediate);
  config.num_hidden_layers = size_or(text["num_hidden_layers"], 80, kMaxLayers);
  config.num_attention_heads = size_or(text["num_attention_heads"], 64, kMaxHidden);
  const auto kv_heads = text["num_key_value_heads"];
  config.num_key_value_heads = kv_heads.absent()  ? 8
                               : kv_heads.given() ? kv_heads.integer(1, kMaxHidden)
                                                  : config.num_attention_heads;
  config.max_position_embeddings = size_or(text["max_position_embeddings"], 32768, kMaxPositions);
  config.rms_norm_eps = positive_or(text["rms_norm_eps"], 1e-5, kMaxNormEps);

  if (config.hidden_size % config.num_attention_heads != 0) {
    text["num_attention_heads"].fail_expected("a divisor of hidden_size " + std::to_string(config.hidden_size));
  }
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    kv_heads.fail_expected("a divisor of num_attention_heads " + std::to_string(config.num_attention_heads));
  }
  if (config.head_dim() % 2 != 0) {
    text["num_attention_heads"].fail_expected("an even head_dim, which is hidden_size / heads = " +
                                              std::to_string(config.head_dim()));
  }
  require_head_dim(text["head_dim"], config.head_dim());
  require_silu(text["hidden_act"]);
  const auto dropout = text["attention_dropout"];
  if (dropout.given() && dropout.number() != 0) dropout.fail_unsupported("0");
  require_full_attention(text, config.num_hidden_layers);
  read_rope(text, config);
  return config;
}

// transformers writes its default, meant for 32 blocks, into configurations of shallower towers that never set it;
// there the indexes beyond the tower mean nothing. Any other list is taken at its word.
std::vector<int64_t> read_full_attention_blocks(const JsonField& field, int64_t depth) {
  std::vector<int64_t> blocks = {7, 15, 23, 31};
  if (!field.absent()) {
    const auto items = field.items();
    std::vector<int64_t> given(items.size());
    std::transform(items.begin(), items.end(), given.begin(),
                   [](const JsonField& item) { return item.integer(0, kMaxLayers); });
    for (size_t i = 0; given != blocks && i < given.size(); ++i) items[i].integer(0, depth - 1);
    blocks = std::move(given);
  }
  std::erase_if(blocks, [&](int64_t block) { return block >= depth; });
  return blocks;
}

VisionConfig read_vision(const JsonField& vision, int64_t text_hidden) {
  VisionConfig config{};
  config.depth = size_or(vision["depth"], 32, kMaxLayers);
  config.hidden_size = size_or(vision["hidden_size"], 3584, kMaxHidden);
  config.intermediate_size = size_or(vision["intermediate_size"], 3420, kMaxIntermediate);
  config.num_heads = size_or(vision["num_heads"], 16, kMaxHidden);
  config.in_channels = size_or(vision["in_channels"], 3, kMaxGroup);
  config.patch_size = patch_extent(vision["patch_size"], 14, kMaxPatch);
  config.spatial_merge_size = size_or(vision["spatial_merge_size"], 2, kMaxGroup);
  config.temporal_patch_size = patch_extent(vision["temporal_patch_size"], 2, kMaxGroup);
  config.tokens_per_second = positive_or(vision["tokens_per_second"], 4, kMaxTokensPerSecond);
  config.window_size = size_or(vision["window_size"], 112, kMaxPixels);
  config.out_hidden_size = size_or(vision["out_hidden_size"], 3584, kMaxHidden);
  config.fullatt_block_indexes = read_full_attention_blocks(vision["fullatt_block_indexes"], config.depth);

  if (config.hidden_size % config.num_heads != 0) {
    vision["num_heads"].fail_expected("a divisor of hidden_size " + std::to_string(config.hidden_size));
  }
  if (config.head_dim() % 4 != 0) {
    vision["num_heads"].fail_expected(
        "a head_dim, which is hidden_size / heads = " + std::to_string(config.head_dim()) + ", divisible by 4");
  }
  require_head_dim(vision["head_dim"], config.head_dim());
  if (config.out_hidden_size != text_hidden) {
    vision["out_hidden_size"].fail_expected("the text model's hidden_size " + std::to_string(text_hidden));
  }
  const auto merged = config.patch_size * config.spatial_merge_size;
  if (config.window_size % merged != 0) {
    vision["window_size"].fail_unsupported("a multiple of patch_size * spatial_merge_size = " + std::to_string(merged));
  }
  require_silu(vision["hidden_act"]);
  const auto rope = vision["rope_parameters"];
  const auto type = rope["rope_type"];
  if (type.given() && type.string() != "axial" && type.string() != "default") type.fail_unsupported("\"axial\"");
  const auto theta = rope["rope_theta"];
  if (theta.given() && theta.number() != 10000) theta.fail_unsupported("10000");
  return config;
}

}  // namespace

ModelConfig parse_model_config(const std::string& json_text, const std::string& what) {
  const auto document = parse_json(json_text, what);
  const JsonField root(document, what);
  root.object();
  const auto type = root["model_type"];
  if (type.string() != "qwen2_5_vl") type.fail_unsupported("\"qwen2_5_vl\"");

  // As in transformers, text fields at the root count only where there is no text_config.
  const auto nested = root["text_config"];
  const auto text = nested.given() ? nested : root;
  text.object();
  for (const auto& part : {root, text, root["vision_config"]}) {
    if (part["quantization_config"].given()) part["quantization_config"].fail_unsupported("weights as they are");
  }

  ModelConfig config{};
  config.text = read_text(text);
  config.vision = read_vision(root["vision_config"], config.text.hidden_size);
  const auto token = [&](const char* name, int64_t otherwise) {
    const auto field = root[name];
    const auto last = config.text.vocab_size - 1;
    if (field.absent() && otherwise > last) {
      field.fail_expected("an id below vocab_size " + std::to_string(config.text.vocab_size) + " (the default is " +
                          std::to_string(otherwise) + ")");
    }
    return field.absent() ? otherwise : field.integer(0, last);
  };
  config.image_token_id = token("image_token_id", 151655);
  config.video_token_id = token("video_token_id", 151656);
  config.vision_start_token_id = token("vision_start_token_id", 151652);
  config.vision_end_token_id = token("vision_end_token_id", 151653);
  if (config.image_token_id == config.video_token_id) {
    root["video_token_id"].fail_expected("another id than image_token_id");
  }
  config.tie_word_embeddings = boolean_or(root["tie_word_embeddings"], false) ||
                               (nested.given() && boolean_or(nested["tie_word_embeddings"], false));
  config.initializer_range = number_or(text["initializer_range"], 0.02);
  if (!(config.initializer_range >= 0 && config.initializer_range <= kMaxInitializerRange))
    text["initializer_range"].fail_expected(c10::str("a number from 0 to ", kMaxInitializerRange));
  config.json = json_text;
  return config;
}

ModelConfig read_model_config(const std::string& dir) {
  const auto path = std::filesystem::path(dir) / "config.json";
  return parse_model_config(read_file(path, kMaxConfigBytes), path.string());
}

std::string config_json_with_dtype(const std::string& json_text, const std::string& dtype) {
  auto document = parse_json(json_text, "config.json");
  bool changed = false;
  const auto set_in = [&](JsonValue* part) {
    auto* const members = part == nullptr ? nullptr : part->get_if<JsonObject>();
    if (members == nullptr) return;
    for (const auto* key : {"dtype", "torch_dtype"}) {
      auto* const value = find_member(*members, key);
      const auto* const stated = value == nullptr ? nullptr : value->get_if<std::string>();
      if (stated == nullptr || *stated == dtype) continue;
      *value = JsonValue(dtype);
      changed = true;
    }
  };
  set_in(&document);
  if (auto* const root = document.get_if<JsonObject>()) {
    set_in(find_member(*root, "text_config"));
    set_in(find_member(*root, "vision_config"));
  }
  return changed ? to_json(document) + "\n" : json_text;
}

}  // namespace srvau
