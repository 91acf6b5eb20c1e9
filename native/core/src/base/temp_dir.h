#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"

namespace srvau::testing {

/** An empty directory for one test, removed with all it holds. */
class TempDir {
 public:
  TempDir() {
    auto name = (std::filesystem::temp_directory_path() / "srvau-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail(ErrorCode::kInternal, "no temporary directory at ", name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace srvau::testing
