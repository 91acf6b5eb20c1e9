#include "checkpoint/safetensors.h"

#include <cstring>
#include <fstream>
#include <random>

#include <unistd.h>

#include "base/files.h"
#include "base/temp_dir.h"
#include "base/testing.h"

namespace {

namespace fs = std::filesystem;
using srvau::ErrorCode;
using srvau::NamedTensor;
using srvau::SafetensorsFile;

void put(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string file_of(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

std::vector<NamedTensor> one_of_each() {
  std::vector<NamedTensor> tensors;
  for (const auto dtype : {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kBFloat16, at::kHalf,
                           at::kFloat, at::kDouble}) {
    tensors.push_back({c10::str("t.", dtype), at::arange(-3, 12).reshape({5, 3}).to(dtype)});
  }
  tensors.push_back({"scalar", at::scalar_tensor(2.5, at::kFloat)});
  tensors.push_back({"empty", at::empty({0, 4}, at::kHalf)});
  tensors.push_back({"strided", at::arange(24, at::kFloat).reshape({4, 6}).t().slice(0, 1, 6, 2)});
  tensors.push_back({"é \"quoted\"", at::ones({1}, at::kByte)});
  return tensors;
}

}  // namespace

TEST(all_dtypes_and_strides_come_back) {
  const srvau::testing::TempDir dir;
  const auto tensors = one_of_each();
  srvau::write_safetensors(dir / "f", tensors, {{"format", "pt"}, {"note", "a\n\"b\""}});
  const auto file = SafetensorsFile::open(dir / "f");
  EXPECT_EQ(file.entries().size(), tensors.size());
  EXPECT_EQ(file.metadata().at("note"), "a\n\"b\"");
  for (const auto& [name, tensor] : tensors) {
    const auto read = file.tensor(name);
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type());
    EXPECT(at::equal(read, tensor));
  }
  EXPECT(file.find("none") == nullptr);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "\"none\"", file.tensor("none"));
}

TEST(views_share_the_mapping_and_outlive_the_file) {
  const srvau::testing::TempDir dir;
  srvau::write_safetensors(dir / "f", {{"a", at::arange(4, at::kFloat)}, {"b", at::arange(3, at::kInt)}});
  at::Tensor a;
  at::Tensor again;
  {
    const auto file = SafetensorsFile::open(dir / "f");
    a = file.tensor("a");
    again = file.tensor("a");
  }
  EXPECT_EQ(a.const_data_ptr(), again.const_data_ptr());
  srvau::write_safetensors(dir / "f", {{"a", at::zeros({4})}});  // by renaming: what is mapped stays
  fs::remove(dir / "f");
  EXPECT(at::equal(a, at::arange(4, at::kFloat)));
}

TEST(data_is_ordered_and_aligned) {
  const srvau::testing::TempDir dir;
  srvau::write_safetensors(dir / "f", {{"z", at::ones({3}, at::kByte)},
                                       {"b", at::ones({3}, at::kBFloat16)},
                                       {"a", at::ones({3}, at::kBFloat16)},
                                       {"y", at::ones({1}, at::kLong)}});
  const auto file = SafetensorsFile::open(dir / "f");
  std::vector<std::string> order;
  for (const auto* name : {"y", "a", "b", "z"}) {
    const auto* const entry = file.find(name);
    EXPECT_EQ(entry->begin % at::elementSize(entry->dtype), 0U);
    if (std::strcmp(name, "y") == 0) EXPECT_EQ(entry->begin % 8, 0U);
  }
  EXPECT(file.find("y")->end == file.find("a")->begin && file.find("a")->end == file.find("b")->begin);
}

TEST(unaligned_data_is_copied_and_bytes_become_bools) {
  const srvau::testing::TempDir dir;
  std::string data(9, '\0');
  const float value = 1.5F;
  std::memcpy(data.data() + 1, &value, sizeof(value));
  data[0] = '\x02';
  put(dir / "f", file_of(R"({"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                         R"("x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})",
                         data));
  const auto file = SafetensorsFile::open(dir / "f");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.tensor("x").const_data_ptr()) % 4, 0U);
  EXPECT(at::equal(file.tensor("x"), at::tensor({1.5F, 0.F})));
  EXPECT(at::equal(file.tensor("flag"), at::ones({1}, at::kBool)));
}

TEST(hostile_headers_are_refused_with_the_reason) {
  const srvau::testing::TempDir dir;
  const auto tensor = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return c10::str("\"x\":{\"dtype\":\"", dtype, "\",\"shape\":", shape, ",\"data_offsets\":", offsets, "}");
  };
  const std::string data(8, 'a');
  const std::string open = "{";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "at least 8 bytes, received 0"},
      {"1234567", "at least 8 bytes, received 7"},
      {std::string(8, '\xFF'), "a header of at most 0 bytes"},
      {file_of("{}", "").substr(0, 9), "a header of at most 1 bytes, received 2"},
      {file_of("[]", ""), "expected an object"},
      {file_of("", ""), "expected a value"},
      {file_of("{}", "x"), "expected 0 bytes of data, as the header says, received 1"},
      {file_of(open + tensor("F32", "[2]", "[0,8]") + "}", data + "x"), "expected 8 bytes of data"},
      {file_of(open + tensor("F32", "[2]", "[0,8]") + "}", data.substr(1)), "expected 8 bytes of data"},
      {file_of(open + tensor("F32", "[3]", "[0,8]") + "}", data), "x.data_offsets[1]: expected 12 bytes from 0 on"},
      {file_of(open + tensor("F32", "[1]", "[4,8]") + "}", data), "expected to begin at 0"},
      {file_of(open + tensor("F32", "[2]", "[8,0]") + "}", data), "x.data_offsets[1]"},
      {file_of(open + tensor("F32", "[2]", "[-8,0]") + "}", data), "x.data_offsets[0]"},
      {file_of(open + tensor("F32", "[2]", "[0]") + "}", data), "x.data_offsets: expected two numbers"},
      {file_of(open + tensor("F32", "[-2]", "[0,8]") + "}", data), "x.shape[0]"},
      {file_of(open + tensor("F32", "[2.0]", "[0,8]") + "}", data), "x.shape[0]"},
      {file_of(open + tensor("F32", "[4611686018427387904,4]", "[0,8]") + "}", data), "whose bytes can be counted"},
      {file_of(open + tensor("F32", "[4611686018427387904,0,4]", "[0,0]") + "}", ""), "whose bytes can be counted"},
      {file_of(open + tensor("F32", "8", "[0,8]") + "}", data), "x.shape: expected an array"},
      {file_of(open + tensor("F31", "[2]", "[0,8]") + "}", data), "x.dtype: expected one of"},
      {file_of(open + tensor("F32", "[2]", "[0,8]") + "," + tensor("F32", "[2]", "[0,8]") + "}", data),
       "every key once"},
      {file_of(open + tensor("U8", "[8]", "[0,8]") + R"(,"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", data),
       "y: data_offsets: expected to begin at 8"},
      {file_of(R"({"x":{"dtype":"F32","shape":[]}})", data), "x.data_offsets"},
      {file_of(R"({"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"z":1}})", data), "alone"},
      {file_of(R"({"__metadata__":{"a":1}})", ""), "__metadata__.a: expected a string"},
      {file_of(R"({"__metadata__":[]})", ""), "__metadata__: expected an object"},
      {file_of("{\"\xFF\":1}", ""), "expected UTF-8"},
  };
  for (const auto& [bytes, part] : cases) {
    put(dir / "f", bytes);
    const auto code =
        part.find("expected one of") == std::string::npos ? ErrorCode::kCheckpoint : ErrorCode::kUnsupported;
    EXPECT_ERROR(code, part, SafetensorsFile::open(dir / "f"));
  }
  EXPECT_ERROR(ErrorCode::kCheckpoint, "No such file", SafetensorsFile::open(dir / "none"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "regular file", SafetensorsFile::open(dir.path()));
}

// Damage of any kind is either refused with one of our errors or leaves a file whose tensors can all be read.
TEST(damaged_files_never_do_more_than_fail) {
  const srvau::testing::TempDir dir;
  srvau::write_safetensors(dir / "f", one_of_each(), {{"format", "pt"}});
  const auto whole = srvau::read_file(dir / "f", 1 << 20);
  std::mt19937 random(7);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  constexpr std::string_view telling = "{}[]:,\"\\0129-eEtfn \xFF";
  int refused = 0;
  for (int variant = 0; variant < 2000; ++variant) {
    auto bytes = whole;
    switch (variant % 4) {
      case 0:
        bytes.resize(below(bytes.size()));
        break;
      case 1:
        bytes[below(bytes.size())] ^= static_cast<char>(1U << below(8));
        break;
      case 2:
        for (size_t i = 0; i <= below(4); ++i) bytes[8 + below(bytes.size() - 8)] = telling[below(telling.size())];
        break;
      default:
        bytes.erase(below(bytes.size()), 1 + below(16));
    }
    put(dir / "damaged", bytes);
    try {
      const auto file = SafetensorsFile::open(dir / "damaged");
      for (const auto& entry : file.entries()) file.tensor(entry.name).to(at::kDouble).sum();
    } catch (const srvau::Error& error) {
      ++refused;
      EXPECT(error.code() == ErrorCode::kCheckpoint || error.code() == ErrorCode::kUnsupported);
    }
  }
  EXPECT(refused > 1000 && refused < 2000);
}

TEST(refuses_to_write_what_cannot_be_read) {
  const srvau::testing::TempDir dir;
  const auto x = at::ones({1});
  const auto write = [&](const std::vector<NamedTensor>& tensors) { srvau::write_safetensors(dir / "f", tensors); };
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "every name once", write({{"x", x}, {"x", x}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "UTF-8", write({{"\xFF", x}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "dense tensor", write({{"x", at::Tensor()}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "dense tensor", write({{"x", x.to_sparse()}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "a dtype that the format holds", write({{"x", x.to(at::kComplexFloat)}}));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "No such file", srvau::write_safetensors(dir / "no/f", {{"x", x}}));
  EXPECT(fs::is_empty(dir.path()));
}

TEST(a_leftover_of_an_earlier_write_does_not_disturb) {
  const srvau::testing::TempDir dir;
  for (int i = 0; i < 40; ++i) put(dir / c10::str(".f.", ::getpid(), "-", i, ".tmp"), "half");
  srvau::write_safetensors(dir / "f", {{"x", at::ones({2})}});
  EXPECT(at::equal(SafetensorsFile::open(dir / "f").tensor("x"), at::ones({2})));
}

SRVAU_TEST_MAIN()
