#include "checkpoint/parameters.h"

#include <algorithm>

#include <c10/util/StringUtil.h>

namespace srvau {
namespace {

class SpecList {
 public:
  void add(std::string name, std::vector<int64_t> shape) { specs_.push_back({std::move(name), std::move(shape)}); }
  void add_linear(const std::string& name, int64_t in, int64_t out, bool bias) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
  void add_swiglu(const std::string& name, int64_t hidden, int64_t intermediate, bool bias) {
    add_linear(name + ".gate_proj", hidden, intermediate, bias);
    add_linear(name + ".up_proj", hidden, intermediate, bias);
    add_linear(name + ".down_proj", intermediate, hidden, bias);
  }
  std::vector<ParameterSpec> sorted() && {
    std::sort(specs_.begin(), specs_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(specs_);
  }

 private:
  std::vector<ParameterSpec> specs_;
};

void add_vision(SpecList& list, const VisionConfig& config) {
  const auto hidden = config.hidden_size;
  list.add("visual.patch_embed.proj.weight",
           {hidden, config.in_channels, config.temporal_patch_size, config.patch_size, config.patch_size});
  for (int64_t block = 0; block < config.depth; ++block) {
    const auto prefix = c10::str("visual.blocks.", block);
    list.add(prefix + ".norm1.weight", {hidden});
    list.add(prefix + ".norm2.weight", {hidden});
    list.add_linear(prefix + ".attn.qkv", hidden, 3 * hidden, true);
    list.add_linear(prefix + ".attn.proj", hidden, hidden, true);
    list.add_swiglu(prefix + ".mlp", hidden, config.intermediate_size, true);
  }
  const auto merged = hidden * config.merge_unit();
  list.add("visual.merger.ln_q.weight", {hidden});
  list.add_linear("visual.merger.mlp.0", merged, merged, true);
  list.add_linear("visual.merger.mlp.2", merged, config.out_hidden_size, true);
}

void add_text(SpecList& list, const TextConfig& config) {
  const auto hidden = config.hidden_size;
  const auto kv = config.num_key_value_heads * config.head_dim();
  list.add("model.embed_tokens.weight", {config.vocab_size, hidden});
  list.add("model.norm.weight", {hidden});
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    const auto prefix = c10::str("model.layers.", layer);
    list.add(prefix + ".input_layernorm.weight", {hidden});
    list.add(prefix + ".post_attention_layernorm.weight", {hidden});
    list.add_linear(prefix + ".self_attn.q_proj", hidden, hidden, true);
    list.add_linear(prefix + ".self_attn.k_proj", hidden, kv, true);
    list.add_linear(prefix + ".self_attn.v_proj", hidden, kv, true);
    list.add_linear(prefix + ".self_attn.o_proj", hidden, hidden, false);
    list.add_swiglu(prefix + ".mlp", hidden, config.intermediate_size, false);
  }
}

}  // namespace

std::vector<ParameterSpec> expected_tensors(const ModelConfig& config) {
  SpecList list;
  add_vision(list, config.vision);
  add_text(list, config.text);
  if (!config.tie_word_embeddings) list.add("lm_head.weight", {config.text.vocab_size, config.text.hidden_size});
  return std::move(list).sorted();
}

std::string canonical_name(std::string_view name) {
  constexpr std::string_view visual = "model.visual.";
  constexpr std::string_view language = "model.language_model.";
  if (name.starts_with(visual)) return c10::str("visual.", name.substr(visual.size()));
  if (name.starts_with(language)) return c10::str("model.", name.substr(language.size()));
  return std::string(name);
}

}  // namespace srvau
