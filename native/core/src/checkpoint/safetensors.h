#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

namespace srvau {

/** Bytes of a file mapped read-only for as long as anything points to this. */
class FileMapping;

/** One tensor as the header of a file describes it. */
struct TensorEntry {
  std::string name;
  at::ScalarType dtype;
  std::vector<int64_t> shape;
  /** Bytes [begin, end) of the file. */
  uint64_t begin;
  uint64_t end;
};

/**
 * A file in the safetensors format, mapped into memory: nothing is read until it is looked at, and all processes that
 * map a file share its pages. The whole header is checked against the file when it is opened. Copies share the mapping.
 *
 * The file must not be cut while it is mapped (the system ends a process that reads beyond its end); replacing it by
 * renaming, as write_safetensors does, leaves the mapping as it was.
 */
class SafetensorsFile {
 public:
  /**
   * @throws Error CHECKPOINT: unreadable, or not as the format demands, with what was expected and what came.
   *   UNSUPPORTED: a dtype other than F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL.
   */
  static SafetensorsFile open(const std::filesystem::path& path);

  /** Sorted by name. */
  const std::vector<TensorEntry>& entries() const noexcept { return entries_; }
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  /** The entry of that name, null when there is none. */
  const TensorEntry* find(std::string_view name) const;

  /**
   * A CPU tensor that is a view of the file's pages and keeps them mapped. They are read-only: writing into the tensor
   * in place ends the process. Only tensors that lie unaligned in the file, and BOOL ones, are copies.
   * @throws Error CHECKPOINT: no such name.
   */
  at::Tensor tensor(std::string_view name) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const FileMapping> mapping_;
  std::vector<TensorEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/**
 * Writes a safetensors file that appears whole or not at all. Tensors may be on any device and strided in any way; at
 * most 64 MiB (or one row of the first dimension, where that is more) of each is copied at a time. Inside the file they
 * lie by element size, largest first, then by name.
 *
 * @throws Error INVALID_ARGUMENT: a name twice, or not UTF-8, an undefined or sparse tensor, a dtype that
 *   SafetensorsFile does not read. CHECKPOINT: the file system refused.
 */
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/** A tensor that is made, or fetched, when it is written. */
struct TensorSource {
  std::string name;
  at::ScalarType dtype;
  std::vector<int64_t> shape;
  std::function<at::Tensor()> value;
};

/** The same where not all tensors are in memory at a time: one after the other is asked for and let go. */
void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> sources,
                       const std::map<std::string, std::string>& metadata);

/** The format's name of a dtype, e.g. "BF16"; null for those it is not read or written in here. */
const char* safetensors_dtype_name(at::ScalarType dtype);

}  // namespace srvau
