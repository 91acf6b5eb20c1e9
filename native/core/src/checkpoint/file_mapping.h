#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include <sys/mman.h>

#include "base/error.h"
#include "base/file_errors.h"
#include "base/files.h"

namespace srvau {

class FileMapping {
 public:
  explicit FileMapping(const std::filesystem::path& path) {
    const auto file = open_regular_file(path, bytes_);
    if (bytes_ == 0) return;  // an empty file cannot be mapped
    void* const address = ::mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) {
      fail_with_errno(path, c10::str("a file of which ", bytes_, " bytes can be mapped"));
    }
    data_ = static_cast<const char*>(address);
  }
  ~FileMapping() {
    if (data_ != nullptr) ::munmap(const_cast<char*>(data_), bytes_);
  }
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  const char* data() const noexcept { return data_; }
  uint64_t bytes() const noexcept { return bytes_; }

 private:
  const char* data_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace srvau
