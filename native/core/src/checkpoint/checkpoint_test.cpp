#include "checkpoint/checkpoint.h"

#include <fstream>
#include <iterator>

#include <ATen/CPUGeneratorImpl.h>

#include "base/files.h"
#include "base/temp_dir.h"
#include "base/testing.h"
#include "config/json.h"

namespace {

namespace fs = std::filesystem;
using srvau::Checkpoint;
using srvau::ErrorCode;
using srvau::NamedTensor;

std::string config_json(bool tied) {
  return std::string(R"({"model_type": "qwen2_5_vl", "dtype": "float32", "tie_word_embeddings": )") +
         (tied ? "true" : "false") + R"(, "image_token_id": 310, "video_token_id": 311, "vision_start_token_id": 312,
    "vision_end_token_id": 313, "vocab_size": 320, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
    "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "out_hidden_size": 64}})";
}

std::vector<NamedTensor> random_model(bool tied, at::ScalarType dtype = at::kFloat) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(11);
  std::vector<NamedTensor> tensors;
  for (const auto& spec : srvau::expected_tensors(srvau::parse_model_config(config_json(tied)))) {
    tensors.push_back({spec.name, at::randn(spec.shape, generator).to(dtype)});
  }
  return tensors;
}

void expect_same(const Checkpoint& checkpoint, const std::vector<NamedTensor>& tensors) {
  EXPECT_EQ(checkpoint.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT(checkpoint.has(name));
    EXPECT_EQ(checkpoint.tensor(name).scalar_type(), tensor.scalar_type());
    EXPECT(at::equal(checkpoint.tensor(name), tensor));
  }
}

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
std::string get(const fs::path& path) { return srvau::read_file(path, 1 << 20); }
int entries(const fs::path& dir) { return static_cast<int>(std::distance(fs::directory_iterator(dir), {})); }

// One shard s.safetensors with one tensor "x", and this index.
std::string open_with_index(const srvau::testing::TempDir& dir, const std::string& index) {
  srvau::write_safetensors(dir / "s.safetensors", {{"x", at::ones({1})}});
  put(dir / "model.safetensors.index.json", index);
  return srvau::testing::message_of(ErrorCode::kCheckpoint, [&] { Checkpoint::open(dir.path()); });
}

}  // namespace

TEST(a_model_comes_back_in_one_file_and_in_shards) {
  for (const bool tied : {false, true}) {
    for (const auto dtype : {at::kFloat, at::kBFloat16}) {
      for (const int64_t shard : {int64_t{1} << 40, int64_t{60'000}, int64_t{1}}) {
        const srvau::testing::TempDir dir;
        const auto tensors = random_model(tied, dtype);
        srvau::write_checkpoint(dir / "m", config_json(tied), tensors, {.max_shard_bytes = shard});
        const auto checkpoint = Checkpoint::open(dir / "m");
        expect_same(checkpoint, tensors);
        const auto config = srvau::read_model_config(dir / "m");
        srvau::check_tensors(checkpoint, config);
        EXPECT(config.json.find(dtype == at::kFloat ? "\"float32\"" : "\"bfloat16\"") != std::string::npos);
        EXPECT_EQ(fs::exists(dir / "m/model.safetensors"), shard > 1'000'000);
        if (shard == 1) EXPECT_EQ(entries(dir / "m"), static_cast<int>(tensors.size()) + 2);
      }
    }
  }
}

TEST(names_of_all_releases_are_one) {
  EXPECT_EQ(srvau::canonical_name("model.visual.merger.ln_q.weight"), "visual.merger.ln_q.weight");
  EXPECT_EQ(srvau::canonical_name("model.language_model.layers.0.x"), "model.layers.0.x");
  for (const auto* name : {"visual.merger.ln_q.weight", "model.layers.0.x", "lm_head.weight", "model.visualx", "x"}) {
    EXPECT_EQ(srvau::canonical_name(name), name);
  }
  const srvau::testing::TempDir dir;
  auto tensors = random_model(false);
  auto renamed = tensors;
  for (auto& [name, tensor] : renamed) {
    if (name.starts_with("visual."))
      name = c10::str("model.", name);
    else if (name.starts_with("model."))
      name = c10::str("model.language_model.", name.substr(6));
  }
  srvau::write_safetensors(dir / "model.safetensors", renamed);
  expect_same(Checkpoint::open(dir.path()), tensors);

  renamed.push_back({"model.norm.weight", at::ones({64})});
  srvau::write_safetensors(dir / "model.safetensors", renamed);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "every parameter once, received model.norm.weight",
               Checkpoint::open(dir.path()));
}

TEST(an_index_that_does_not_fit_its_shards_is_refused) {
  const srvau::testing::TempDir dir;
  const auto expect = [&](const std::string& index, const std::string& part) {
    const auto message = open_with_index(dir, index);
    if (message.find(part) == std::string::npos || part.empty() != message.empty()) {
      srvau::testing::report(__FILE__, __LINE__, c10::str("expected \"", part, "\", received \"", message, "\""));
    }
  };
  expect(R"({"weight_map": {"x": "s.safetensors"}})", "");
  expect(R"({"weight_map": {"x": "t.safetensors"}})", "t.safetensors: expected a file that can be opened, received the system's error: No such file");
  expect(R"({"weight_map": {"x": "s.safetensors", "y": "s.safetensors"}})", "expected y in s.safetensors");
  expect(R"({"weight_map": {}})", "");
  expect(R"({})", "weight_map: expected an object, received nothing");
  expect(R"({"weight_map": {"x": 1}})", "weight_map.x: expected a string");
  expect(R"({"weight_map": {"x": "../s.safetensors"}})", "in the same directory, received \"../s.safetensors\"");
  expect(R"({"weight_map": {"x": "/s.safetensors"}})", "in the same directory");
  expect(R"({"weight_map": {"x": ".."}})", "in the same directory");
  expect(R"({"weight_map": {"x": "s\u0000.safetensors"}})", "in the same directory");
  expect("{", "line 1, column 2");
  srvau::write_safetensors(dir / "t.safetensors", {{"y", at::ones({1})}, {"z", at::ones({1})}});
  expect(R"({"weight_map": {"x": "s.safetensors", "y": "t.safetensors"}})", "t.safetensors holds z");
  const srvau::testing::TempDir none;
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received neither", Checkpoint::open(none.path()));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received neither", Checkpoint::open(none / "absent"));
}

TEST(all_that_does_not_fit_a_configuration_is_told_at_once) {
  const srvau::testing::TempDir dir;
  const auto config = srvau::parse_model_config(config_json(true));
  auto tensors = random_model(true);
  tensors.push_back({"lm_head.weight", at::ones({320, 64})});  // tied: ignored
  srvau::write_safetensors(dir / "model.safetensors", tensors);
  srvau::check_tensors(Checkpoint::open(dir.path()), config);

  std::erase_if(tensors, [](const NamedTensor& item) { return item.name.starts_with("visual.blocks.1."); });
  for (auto& [name, tensor] : tensors) {
    if (name == "model.norm.weight") tensor = at::ones({63});
    if (name == "model.layers.0.mlp.up_proj.weight") tensor = at::ones({96, 64}, at::kChar);
  }
  tensors.push_back({"extra", at::ones({1})});
  srvau::write_safetensors(dir / "model.safetensors", tensors);
  const auto message = srvau::testing::message_of(ErrorCode::kCheckpoint,
                                                  [&] { srvau::check_tensors(Checkpoint::open(dir.path()), config); });
  for (const auto* part : {"12 missing: visual.blocks.1.attn.proj.bias, ", " and 4 more", "1 unexpected: extra",
                           "2 of another shape or kind: ",
                           "model.norm.weight (expected floats [64], received Float [63])", "received Char [96, 64]"}) {
    if (message.find(part) == std::string::npos)
      srvau::testing::report(__FILE__, __LINE__, part + (" not in " + message));
  }
}

TEST(companions_come_along_and_an_old_checkpoint_is_replaced) {
  const srvau::testing::TempDir dir;
  fs::create_directories(dir / "from");
  for (const auto* name : {"tokenizer.json", "chat_template.jinja", "vocab.json", "README.md", "model.safetensors"}) {
    put(dir / "from" / name, name);
  }
  fs::create_symlink(dir / "from/tokenizer.json", dir / "from/tokenizer_config.json");
  const auto tensors = random_model(false);
  srvau::write_checkpoint(dir / "m", config_json(false), tensors,
                          {.max_shard_bytes = 60'000, .metadata = {{"format", "pt"}}, .companions_from = dir / "from"});
  EXPECT_EQ(get(dir / "m/chat_template.jinja"), "chat_template.jinja");
  EXPECT_EQ(get(dir / "m/tokenizer_config.json"), "tokenizer.json");
  EXPECT(!fs::exists(dir / "m/README.md"));

  // Over itself, from its own mapped weights: the companions stay, the shards go, old views stay readable.
  const auto old = Checkpoint::open(dir / "m");
  std::vector<NamedTensor> negated;
  for (const auto& name : old.names()) negated.push_back({name, old.tensor(name).neg()});
  srvau::write_checkpoint(dir / "m", config_json(false), negated, {.companions_from = dir / "m"});
  expect_same(old, tensors);
  expect_same(Checkpoint::open(dir / "m"), negated);
  EXPECT(!fs::exists(dir / "m/model.safetensors.index.json"));
  EXPECT(fs::exists(dir / "m/vocab.json"));
  EXPECT_EQ(entries(dir.path()), 2);
}

TEST(what_is_no_checkpoint_is_not_replaced_and_a_bad_write_changes_nothing) {
  const srvau::testing::TempDir dir;
  const auto tensors = random_model(false);
  const auto write = [&](const std::string& name, const std::vector<NamedTensor>& which) {
    srvau::write_checkpoint(dir / name, config_json(false), which);
  };
  fs::create_directories(dir / "home");
  put(dir / "home/thesis.tex", "years of work");
  fs::create_directories(dir / "nested/optimizer");
  put(dir / "file", "");
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "it holds thesis.tex", write("home", tensors));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "it holds optimizer", write("nested", tensors));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received a file", write("file", tensors));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received the system's error: Not a directory", write("file/below", tensors));
  EXPECT_EQ(get(dir / "home/thesis.tex"), "years of work");
  fs::remove_all(dir / "home");
  fs::remove_all(dir / "nested");
  fs::remove(dir / "file");

  write("m", tensors);
  auto broken = tensors;
  broken.pop_back();
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "1 missing", write("m", broken));
  broken = tensors;
  broken[3].tensor = broken[3].tensor.to(at::kHalf);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected Float as", write("m", broken));
  broken = tensors;
  broken.push_back(tensors.front());
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected once, received twice", write("m", broken));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "expected none, the configuration ties it",
               srvau::write_checkpoint(dir / "m", config_json(true), tensors));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "none: expected what can be read and written, received the system's error: No such",
               srvau::write_checkpoint(dir / "m", config_json(false), tensors, {.companions_from = dir / "none"}));
  expect_same(Checkpoint::open(dir / "m"), tensors);
  EXPECT_EQ(entries(dir.path()), 1);
}

SRVAU_TEST_MAIN()
