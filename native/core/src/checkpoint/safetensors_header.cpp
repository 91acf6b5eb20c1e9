#include "checkpoint/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>

#include "base/error.h"
#include "config/json.h"

namespace srvau {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and is read in place");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's bound
constexpr size_t kMaxDimensions = 64;

struct DtypeName {
  const char* name;
  at::ScalarType dtype;
};

constexpr DtypeName kDtypes[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
    {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};

at::ScalarType read_dtype(const JsonField& field) {
  const auto& name = field.string();
  const auto* const found =
      std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const DtypeName& known) { return name == known.name; });
  if (found == std::end(kDtypes)) field.fail_unsupported("one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL");
  return found->dtype;
}

// Bytes of a tensor of that shape. Dimensions of zero do not excuse the others: strides are products of them too.
int64_t byte_count(const JsonField& field, const std::vector<int64_t>& shape, at::ScalarType dtype) {
  auto extent = static_cast<int64_t>(at::elementSize(dtype));
  bool empty = false;
  for (const auto size : shape) {
    empty = empty || size == 0;
    if (__builtin_mul_overflow(extent, std::max<int64_t>(size, 1), &extent)) {
      field.fail_expected("a shape whose bytes can be counted");
    }
  }
  return empty ? 0 : extent;
}

// Relative to the first byte after the header.
TensorEntry read_entry(const std::string& name, const JsonField& field) {
  constexpr auto most = std::numeric_limits<int64_t>::max();
  TensorEntry entry{.name = name, .dtype = read_dtype(field["dtype"]), .shape = {}, .begin = 0, .end = 0};
  const auto shape = field["shape"];
  const auto sizes = shape.items();
  if (sizes.size() > kMaxDimensions) shape.fail_expected("at most " + std::to_string(kMaxDimensions) + " dimensions");
  for (const auto& size : sizes) entry.shape.push_back(size.integer(0, most));

  const auto offsets = field["data_offsets"];
  const auto range = offsets.items();
  if (range.size() != 2) offsets.fail_expected("two numbers");
  entry.begin = static_cast<uint64_t>(range[0].integer(0, most));
  entry.end = static_cast<uint64_t>(range[1].integer(range[0].integer(0, most), most));
  const auto wanted = static_cast<uint64_t>(byte_count(shape, entry.shape, entry.dtype));
  if (entry.end - entry.begin != wanted) {
    range[1].fail_expected(std::to_string(wanted) + " bytes from " + std::to_string(entry.begin) +
                           " on, as dtype and shape say");
  }
  if (field.object().size() != 3) field.fail_expected("dtype, shape and data_offsets alone");
  return entry;
}

// The tensors cover the data without gaps and overlaps, or two of them could be one and bytes could hide between them.
void require_full_cover(std::vector<TensorEntry>& entries, uint64_t data_bytes, const std::string& what) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t covered = 0;
  for (const auto& entry : entries) {
    if (entry.begin != covered) {
      fail(ErrorCode::kCheckpoint, what, ": ", entry.name, ": data_offsets: expected to begin at ", covered,
           ", where the tensor before it ends, received ", entry.begin);
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    fail(ErrorCode::kCheckpoint, what, ": expected ", covered, " bytes of data, as the header says, received ",
         data_bytes);
  }
}

}  // namespace

const char* safetensors_dtype_name(at::ScalarType dtype) {
  for (const auto& known : kDtypes) {
    if (known.dtype == dtype) return known.name;
  }
  return nullptr;
}

SafetensorsHeader parse_safetensors_header(const char* data, uint64_t bytes, const std::string& what) {
  if (bytes < kLengthBytes) {
    fail(ErrorCode::kCheckpoint, what, ": expected a safetensors file of at least 8 bytes, received ", bytes);
  }
  uint64_t length = 0;
  std::memcpy(&length, data, kLengthBytes);
  const auto most = std::min(kMaxHeaderBytes, bytes - kLengthBytes);
  if (length > most) {
    fail(ErrorCode::kCheckpoint, what, ": expected a header of at most ", most, " bytes, received ", length);
  }
  const auto document = parse_json(std::string_view(data + kLengthBytes, length), what, {.depth = 3});

  SafetensorsHeader header;
  const JsonField root(document, what);
  for (const auto& member : root.object()) {
    if (member.key != "__metadata__") {
      header.entries.push_back(read_entry(member.key, root[member.key]));
      continue;
    }
    const auto metadata = root[member.key];
    for (const auto& item : metadata.object()) header.metadata.emplace(item.key, metadata[item.key].string());
  }
  require_full_cover(header.entries, bytes - kLengthBytes - length, what);
  for (auto& entry : header.entries) {
    entry.begin += kLengthBytes + length;
    entry.end += kLengthBytes + length;
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.name < b.name; });
  return header;
}

}  // namespace srvau
