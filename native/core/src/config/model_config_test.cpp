#include "config/model_config.h"

#include <fstream>

#include "base/temp_dir.h"
#include "base/testing.h"
#include "config/json.h"

using srvau::ErrorCode;
using srvau::parse_model_config;

namespace {

// The published 3B configuration: flat, with the older names of the rotary fields.
const std::string kFlat = R"({
  "architectures": ["Qwen2_5_VLForConditionalGeneration"], "attention_dropout": 0.0, "eos_token_id": 151645,
  "vision_start_token_id": 151652, "vision_end_token_id": 151653, "vision_token_id": 151654, "image_token_id": 151655,
  "video_token_id": 151656, "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
  "intermediate_size": 11008, "max_position_embeddings": 128000, "max_window_layers": 70, "model_type": "qwen2_5_vl",
  "num_attention_heads": 16, "num_hidden_layers": 36, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
  "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "use_cache": true, "use_sliding_window": false, "vocab_size": 151936,
  "vision_config": {"depth": 32, "hidden_act": "silu", "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16,
    "in_chans": 3, "out_hidden_size": 2048, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14,
    "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2, "temporal_patch_size": 2},
  "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}
})";

// As transformers 5 saves a small model.
const std::string kNested = R"({
  "dtype": "float32", "model_type": "qwen2_5_vl", "image_token_id": 310, "video_token_id": 311,
  "vision_start_token_id": 312, "vision_end_token_id": 313, "tie_word_embeddings": false,
  "text_config": {"attention_dropout": 0.0, "bos_token_id": 151643, "hidden_act": "silu", "hidden_size": 64,
    "initializer_range": 0.01, "intermediate_size": 96, "layer_types": ["full_attention", "full_attention"],
    "max_position_embeddings": 512, "max_window_layers": 80, "model_type": "qwen2_5_vl_text", "num_attention_heads": 4,
    "num_hidden_layers": 2, "num_key_value_heads": 2, "pad_token_id": null, "rms_norm_eps": 1e-05,
    "rope_parameters": {"mrope_section": [2, 3, 3], "rope_theta": 500000.0, "rope_type": "default"},
    "sliding_window": null, "use_cache": true, "use_sliding_window": false, "vocab_size": 320},
  "vision_config": {"depth": 2, "fullatt_block_indexes": [1], "hidden_act": "silu", "hidden_size": 32, "in_channels": 3,
    "intermediate_size": 48, "model_type": "qwen2_5_vl_vision", "num_heads": 2, "out_hidden_size": 64, "patch_size": 14,
    "rope_parameters": {"rope_theta": 10000.0, "rope_type": "axial"}, "spatial_merge_size": 2, "temporal_patch_size": 2,
    "tokens_per_second": 4, "window_size": 112}
})";

// kNested with one member set (value_json) or, where value_json is empty, taken out. `path` is "vision_config.depth".
std::string with(const std::string& path, const std::string& value_json) {
  auto document = srvau::parse_json(kNested, "nested");
  auto* object = document.get_if<srvau::JsonObject>();
  auto key = path;
  if (const auto dot = path.find('.'); dot != std::string::npos) {
    object = srvau::find_member(*object, path.substr(0, dot))->get_if<srvau::JsonObject>();
    key = path.substr(dot + 1);
  }
  std::erase_if(*object, [&](const srvau::JsonMember& member) { return member.key == key; });
  if (!value_json.empty()) object->push_back({key, srvau::parse_json(value_json, "value")});
  return srvau::to_json(document);
}

}  // namespace

TEST(reads_the_flat_layout) {
  const auto config = parse_model_config(kFlat);
  EXPECT_EQ(config.text.hidden_size, 2048);
  EXPECT_EQ(config.text.head_dim(), 128);
  EXPECT_EQ(config.text.num_key_value_heads, 2);
  EXPECT_EQ(config.text.rms_norm_eps, 1e-6);
  EXPECT_EQ(config.text.rope_theta, 1e6);
  EXPECT((config.text.mrope_section == std::array<int64_t, 3>{16, 24, 24}));
  EXPECT_EQ(config.text.max_position_embeddings, 128000);
  EXPECT_EQ(config.vision.hidden_size, 1280);
  EXPECT_EQ(config.vision.patch_dim(), 1176);
  EXPECT_EQ(config.vision.tokens_per_second, 2.0);
  EXPECT((config.vision.fullatt_block_indexes == std::vector<int64_t>{7, 15, 23, 31}));
  EXPECT(config.tie_word_embeddings);
  EXPECT_EQ(config.json, kFlat);
}

TEST(reads_the_nested_layout) {
  const auto config = parse_model_config(kNested);
  EXPECT_EQ(config.text.vocab_size, 320);
  EXPECT_EQ(config.text.rope_theta, 500000.0);
  EXPECT((config.text.mrope_section == std::array<int64_t, 3>{2, 3, 3}));
  EXPECT_EQ(config.initializer_range, 0.01);
  EXPECT_EQ(config.vision_end_token_id, 313);
  EXPECT(!config.tie_word_embeddings);
}

TEST(what_is_left_out_has_the_defaults_of_transformers) {
  const auto config = parse_model_config(R"({"model_type": "qwen2_5_vl", "vision_config": {"out_hidden_size": 8192}})");
  const auto& text = config.text;
  EXPECT_EQ(text.vocab_size, 152064);
  EXPECT_EQ(text.hidden_size, 8192);
  EXPECT_EQ(text.intermediate_size, 29568);
  EXPECT_EQ(text.num_hidden_layers, 80);
  EXPECT_EQ(text.num_attention_heads, 64);
  EXPECT_EQ(text.num_key_value_heads, 8);
  EXPECT_EQ(text.max_position_embeddings, 32768);
  EXPECT_EQ(text.rms_norm_eps, 1e-5);
  EXPECT_EQ(text.rope_theta, 1e6);
  EXPECT_EQ(config.initializer_range, 0.02);
  const auto& vision = config.vision;
  EXPECT_EQ(vision.depth, 32);
  EXPECT_EQ(vision.hidden_size, 3584);
  EXPECT_EQ(vision.intermediate_size, 3420);
  EXPECT_EQ(vision.num_heads, 16);
  EXPECT_EQ(vision.in_channels, 3);
  EXPECT_EQ(vision.patch_size, 14);
  EXPECT_EQ(vision.spatial_merge_size, 2);
  EXPECT_EQ(vision.temporal_patch_size, 2);
  EXPECT_EQ(vision.tokens_per_second, 4.0);
  EXPECT_EQ(vision.window_size, 112);
  EXPECT((vision.fullatt_block_indexes == std::vector<int64_t>{7, 15, 23, 31}));
  EXPECT_EQ(config.image_token_id, 151655);
  EXPECT_EQ(config.video_token_id, 151656);
  EXPECT_EQ(config.vision_start_token_id, 151652);
  EXPECT_EQ(config.vision_end_token_id, 151653);
  EXPECT(!config.tie_word_embeddings);
}

TEST(takes_every_spelling_that_means_the_same) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"vision_config.patch_size", "[14, 14]"},
      {"vision_config.temporal_patch_size", "[2]"},
      {"vision_config.fullatt_block_indexes", "[]"},
      {"vision_config.fullatt_block_indexes", "[7, 15, 23, 31]"},
      {"vision_config.in_chans", "3"},
      {"vision_config.rope_parameters", ""},
      {"text_config.layer_types", ""},
      {"text_config.use_sliding_window", "true"},
      {"text_config.head_dim", "16"},
      {"text_config.attention_dropout", "null"},
      {"text_config.rope_scaling", R"({"type": "mrope", "mrope_section": [2, 3, 3]})"},
      {"text_config.rope_scaling", R"({"type": "default", "rope_type": "default", "mrope_section": [8, 0, 0]})"},
      {"text_config.rope_theta", "3.0"},
      {"quantization_config", "null"},
      {"hidden_act", "\"gelu\""},  // not the text model's: that is nested
  };
  for (const auto& [path, value] : cases) parse_model_config(with(path, value));
  EXPECT_EQ(parse_model_config(with("text_config.num_key_value_heads", "null")).text.num_key_value_heads, 4);
  EXPECT(parse_model_config(with("text_config.tie_word_embeddings", "true")).tie_word_embeddings);
  EXPECT(parse_model_config(with("vision_config.fullatt_block_indexes", "")).vision.fullatt_block_indexes.empty());
}

TEST(refuses_what_is_not_implemented_by_name) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"model_type", "\"qwen3_vl\"", "model_type: expected \"qwen2_5_vl\", received \"qwen3_vl\""},
      {"text_config.hidden_act", "\"gelu\"", "text_config.hidden_act: expected \"silu\", received \"gelu\""},
      {"vision_config.hidden_act", "\"quick_gelu\"", "vision_config.hidden_act: expected \"silu\""},
      {"text_config.layer_types", R"(["full_attention", "sliding_attention"])", "text_config.layer_types[1]"},
      {"text_config.rope_parameters", R"({"rope_type": "yarn", "factor": 4.0})", "rope_type: expected \"default\""},
      {"text_config.rope_parameters", R"({"full_attention": {"rope_type": "default"}})",
       "rope_parameters.full_attention"},
      {"text_config.rope_scaling", R"({"type": "linear"})", "text_config.rope_scaling.type"},
      {"text_config.partial_rotary_factor", "0.5", "text_config.partial_rotary_factor: expected 1, received 0.5"},
      {"text_config.attention_dropout", "0.1", "text_config.attention_dropout: expected 0, received 0.1"},
      {"text_config.head_dim", "32", "text_config.head_dim: expected hidden_size / heads = 16, received 32"},
      {"vision_config.head_dim", "8", "vision_config.head_dim"},
      {"vision_config.patch_size", "[14, 16]", "vision_config.patch_size: expected equal numbers"},
      {"vision_config.window_size", "100", "vision_config.window_size: expected a multiple of"},
      {"vision_config.rope_parameters", R"({"rope_theta": 5.0})", "vision_config.rope_parameters.rope_theta"},
      {"quantization_config", R"({"quant_method": "awq"})", "quantization_config"},
      {"text_config.quantization_config", R"({"bits": 4})", "text_config.quantization_config"},
  };
  for (const auto& [path, value, part] : cases) {
    EXPECT_ERROR(ErrorCode::kUnsupported, part, parse_model_config(with(path, value)));
  }
  auto sliding = kFlat;
  sliding.replace(sliding.find("\"use_sliding_window\": false"), 27, "\"use_sliding_window\": true");
  parse_model_config(sliding);  // from layer 70 on, of 36
  sliding.replace(sliding.find("\"max_window_layers\": 70"), 23, "\"max_window_layers\": 28");
  EXPECT_ERROR(ErrorCode::kUnsupported, "use_sliding_window: expected false", parse_model_config(sliding));
}

TEST(refuses_what_cannot_be_by_name) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"vision_config.depth", "\"abc\"",
       "config.json: vision_config.depth: expected an integer from 1 to 4096, received \"abc\""},
      {"vision_config.depth", "0", "vision_config.depth"},
      {"vision_config.depth", "null", "vision_config.depth"},
      {"text_config.hidden_size", "-64", "text_config.hidden_size"},
      {"text_config.hidden_size", "64.0", "text_config.hidden_size"},
      {"text_config.hidden_size", "9223372036854775807", "text_config.hidden_size"},
      {"text_config.vocab_size", "1e30", "text_config.vocab_size"},
      {"text_config.num_attention_heads", "3", "text_config.num_attention_heads: expected a divisor"},
      {"text_config.num_attention_heads", "64", "an even head_dim"},
      {"text_config.num_key_value_heads", "3", "text_config.num_key_value_heads: expected a divisor"},
      {"text_config.rms_norm_eps", "-1e-6", "text_config.rms_norm_eps: expected a positive number"},
      {"text_config.rms_norm_eps", "0", "text_config.rms_norm_eps"},
      {"text_config.initializer_range", "-1", "text_config.initializer_range: expected a number from 0 to 100"},
      {"text_config.initializer_range", "1e308", "text_config.initializer_range: expected a number from 0 to 100"},
      {"text_config.rms_norm_eps", "1e308", "text_config.rms_norm_eps: expected a positive number up to 1"},
      {"text_config.rope_parameters", R"({"rope_theta": 1e300})", "rope_theta: expected a positive number up to 1e+12"},
      {"vision_config.tokens_per_second", "1e300", "tokens_per_second: expected a positive number up to 1e+06"},
      {"text_config.rope_parameters", R"({"rope_theta": 0})", "rope_theta: expected a positive number"},
      {"text_config.rope_parameters", R"({"mrope_section": [2, 3, 4]})", "they add up to 9"},
      {"text_config.rope_parameters", R"({"mrope_section": [4, 4]})", "expected three numbers"},
      {"text_config.rope_parameters", R"({"mrope_section": [-2, 5, 5]})", "mrope_section[0]"},
      {"text_config.rope_parameters", "null", "mrope_section"},  // the default is for a head_dim of 128
      {"text_config.layer_types", R"(["full_attention"])", "one entry for each of 2 layers"},
      {"text_config", "3", "text_config: expected an object, received 3"},
      {"vision_config.num_heads", "3", "vision_config.num_heads: expected a divisor"},
      {"vision_config.num_heads", "16", "divisible by 4"},
      {"vision_config.out_hidden_size", "32", "expected the text model's hidden_size 64, received 32"},
      {"vision_config.fullatt_block_indexes", "[2]", "vision_config.fullatt_block_indexes[0]"},
      {"vision_config.fullatt_block_indexes", "[-1]", "vision_config.fullatt_block_indexes[0]"},
      {"vision_config.patch_size", "[]", "vision_config.patch_size"},
      {"image_token_id", "320", "image_token_id: expected an integer from 0 to 319"},
      {"image_token_id", "", "image_token_id: expected an id below vocab_size 320 (the default is 151655)"},
      {"video_token_id", "310", "another id than image_token_id"},
      {"model_type", "", "model_type: expected a string, received nothing"},
      {"tie_word_embeddings", "1", "tie_word_embeddings: expected true or false"},
  };
  for (const auto& [path, value, part] : cases) {
    EXPECT_ERROR(ErrorCode::kCheckpoint, part, parse_model_config(with(path, value)));
  }
  EXPECT_ERROR(ErrorCode::kCheckpoint, "expected an object, received an array of 0", parse_model_config("[]"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "line 1, column 2", parse_model_config("{"));
}

TEST(the_dtype_is_set_where_one_is_stated) {
  EXPECT_EQ(srvau::config_json_with_dtype(kFlat, "bfloat16"), kFlat);
  const auto changed = srvau::config_json_with_dtype(kFlat, "float32");
  EXPECT(changed.find("\"torch_dtype\": \"float32\"") != std::string::npos);
  EXPECT(changed.find("bfloat16") == std::string::npos);
  EXPECT_EQ(parse_model_config(changed).text.rms_norm_eps, 1e-6);
}

TEST(reads_a_directory) {
  const srvau::testing::TempDir dir;
  EXPECT_ERROR(ErrorCode::kCheckpoint, "config.json", srvau::read_model_config(dir.path()));
  std::ofstream(dir / "config.json") << kNested;
  EXPECT_EQ(srvau::read_model_config(dir.path()).json, kNested);
}

SRVAU_TEST_MAIN()
