#include "checkpoint/safetensors.h"

#include <algorithm>

#include <ATen/ops/from_blob.h>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/file_mapping.h"
#include "checkpoint/safetensors_header.h"
#include "config/json.h"

namespace srvau {
namespace {

constexpr int64_t kChunkBytes = int64_t{64} << 20;
constexpr size_t kAlignment = 8;  // of the data within the file

// The bytes of a tensor in row-major order. Needs memory for one chunk beyond the tensor itself.
void write_data(AtomicFile& file, const at::Tensor& tensor) {
  if (tensor.is_cpu() && tensor.is_contiguous()) return file.write(tensor.const_data_ptr(), tensor.nbytes());
  // Flat where that is a view, so that a chunk never exceeds its size; row by row otherwise.
  const auto rows = tensor.is_contiguous() ? tensor.view(-1) : tensor;
  const auto row_bytes = std::max<int64_t>(static_cast<int64_t>(rows.nbytes()) / std::max<int64_t>(rows.size(0), 1), 1);
  const auto step = std::max<int64_t>(kChunkBytes / row_bytes, 1);
  for (int64_t row = 0; row < rows.size(0); row += step) {
    const auto chunk = rows.narrow(0, row, std::min(step, rows.size(0) - row)).to(at::kCPU).contiguous();
    file.write(chunk.const_data_ptr(), chunk.nbytes());
  }
}

// Readers refuse a header that is no JSON, so nothing may get into it that is not UTF-8; parsing what was written
// tells.
std::string header_of(const std::vector<TensorSource>& sorted, const std::map<std::string, std::string>& metadata) {
  std::string header = "{";
  const auto open_member = [&](const std::string& key) {
    if (header.size() > 1) header += ',';
    header += json_string(key) + ":";
  };
  if (!metadata.empty()) {
    std::string items;
    for (const auto& [key, value] : metadata) {
      items += c10::str(items.empty() ? "" : ",", json_string(key), ":", json_string(value));
    }
    open_member("__metadata__");
    header += "{" + items + "}";
  }
  uint64_t offset = 0;
  for (const auto& source : sorted) {
    std::string shape;
    for (const auto size : source.shape) shape += c10::str(shape.empty() ? "" : ",", size);
    const auto bytes = static_cast<uint64_t>(c10::multiply_integers(source.shape)) * at::elementSize(source.dtype);
    open_member(source.name);
    header += c10::str("{\"dtype\":\"", safetensors_dtype_name(source.dtype), "\",\"shape\":[", shape,
                       "],\"data_offsets\":[", offset, ",", offset + bytes, "]}");
    offset += bytes;
  }
  header += "}";
  header.resize((header.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  try {
    parse_json(header, "header");
  } catch (const Error& error) {
    fail(ErrorCode::kInvalidArgument, "expected names and metadata in UTF-8 and every name once; the ", error.what());
  }
  return header;
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  SafetensorsFile file;
  file.path_ = path;
  file.mapping_ = std::make_shared<const FileMapping>(path);
  auto header = parse_safetensors_header(file.mapping_->data(), file.mapping_->bytes(), path.string());
  file.entries_ = std::move(header.entries);
  file.metadata_ = std::move(header.metadata);
  return file;
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const TensorEntry& entry, std::string_view wanted) { return entry.name < wanted; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
  const auto* const entry = find(name);
  if (entry == nullptr) {
    fail(ErrorCode::kCheckpoint, path_.string(), ": expected a tensor ", json_string(name), ", received none");
  }
  if (entry->begin == entry->end) return at::empty(entry->shape, entry->dtype);
  auto* const data = const_cast<char*>(mapping_->data() + entry->begin);
  const bool aligned = entry->begin % at::elementSize(entry->dtype) == 0;
  // A byte that is neither 0 nor 1 is no bool to C++: those go through uint8.
  const bool in_place = aligned && entry->dtype != at::kBool;
  const auto bytes = static_cast<int64_t>(entry->end - entry->begin);
  const auto view = at::from_blob(
      data, in_place ? at::IntArrayRef(entry->shape) : at::IntArrayRef(bytes), [mapping = mapping_](void*) {},
      at::TensorOptions().dtype(in_place ? entry->dtype : at::kByte));
  if (in_place) return view;
  if (entry->dtype == at::kBool) return view.ne(0).view(entry->shape);
  return view.clone().view(entry->dtype).view(entry->shape);
}

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorSource> sources;
  sources.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    SRVAU_REQUIRE(tensor.defined() && tensor.layout() == at::kStrided && !tensor.is_meta(), name,
                  ": expected a dense tensor with values");
    sources.push_back({name, tensor.scalar_type(), tensor.sizes().vec(), [value = tensor.detach()] { return value; }});
  }
  write_safetensors(path, std::move(sources), metadata);
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> sources,
                       const std::map<std::string, std::string>& metadata) {
  for (const auto& source : sources) {
    SRVAU_REQUIRE(source.name != "__metadata__", "expected another tensor name than __metadata__");
    SRVAU_REQUIRE(safetensors_dtype_name(source.dtype) != nullptr, source.name,
                  ": expected a dtype that the format holds, received ", source.dtype);
  }
  // Falling element sizes keep every tensor aligned to its own elements.
  std::sort(sources.begin(), sources.end(), [](const TensorSource& a, const TensorSource& b) {
    const auto size_a = at::elementSize(a.dtype);
    const auto size_b = at::elementSize(b.dtype);
    return size_a != size_b ? size_a > size_b : a.name < b.name;
  });

  const auto header = header_of(sources, metadata);
  const uint64_t length = header.size();
  AtomicFile file(path);
  file.write(&length, sizeof(length));
  file.write(header);
  for (const auto& source : sources) write_data(file, source.value());
  file.commit();
}

}  // namespace srvau
