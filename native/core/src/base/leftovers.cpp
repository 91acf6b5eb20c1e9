#include "base/leftovers.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_errors.h"

namespace srvau {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".srvau-tmp";

/** Tells machines apart, in 8 characters. On some shared file systems a lock only holds on one machine. */
std::string host_mark() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  uint32_t hash = 2166136261U;  // FNV-1a
  for (const char* c = name.data(); *c != '\0'; ++c) hash = (hash ^ static_cast<unsigned char>(*c)) * 16777619U;
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", hash);
  return text.data();
}

fs::path sibling(const fs::path& path, const char* suffix) {
  static std::atomic<unsigned> count{0};
  return path.parent_path() /
         c10::str(".", path.filename().string(), ".", host_mark(), "-", ::getpid(), "-", count.fetch_add(1), suffix);
}

/** Whether `path` is still what was opened, and not gone or something else. */
bool is_at(const FileDescriptor& file, const fs::path& path) {
  struct stat opened {}, found {};
  return ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &found) == 0 && opened.st_dev == found.st_dev &&
         opened.st_ino == found.st_ino;
}

/** False only when another process has taken it for a leftover. A file system may have no locks: then nobody sweeps. */
bool lock_new(const Temporary& made) {
  return (::flock(made.lock.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && is_at(made.lock, made.path);
}

/** `.NAME.<host>-<process>-<count>.srvau-tmp` of this machine. */
bool is_leftover_name(const std::string& name, const std::string& host) {
  const auto host_at = name.rfind("." + host + "-");
  if (!name.starts_with('.') || !name.ends_with(kSuffix) || host_at == std::string::npos || host_at == 0) return false;
  const auto from = host_at + host.size() + 2;
  const auto numbers = name.substr(from, name.size() - std::string(kSuffix).size() - from);
  return numbers.find('-') != std::string::npos && numbers.find_first_not_of("0123456789-") == std::string::npos;
}

void sweep(const fs::path& path) {
  // O_NONBLOCK and O_NOFOLLOW: whatever has such a name is not waited for, and not left through a link.
  const FileDescriptor entry(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (entry.get() < 0 || ::flock(entry.get(), LOCK_EX | LOCK_NB) != 0 || !is_at(entry, path)) return;
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace

Temporary make_temporary_file(const fs::path& path) {
  while (true) {
    auto name = sibling(path, kSuffix);
    Temporary made{name, FileDescriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666))};
    if (made.lock.get() < 0 && errno != EEXIST) fail_with_errno(path, "a file that can be made there");
    if (made.lock.get() >= 0 && lock_new(made)) return made;
  }
}

Temporary make_temporary_directory(const fs::path& path) {
  while (true) {
    auto name = sibling(path, kSuffix);
    if (::mkdir(name.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      fail_with_errno(path, "a directory that can be made there");
    }
    Temporary made{name, FileDescriptor(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW))};
    if (made.lock.get() < 0 && errno != ENOENT) fail_with_errno(path, "a directory that can be opened");
    if (made.lock.get() >= 0 && lock_new(made)) return made;
  }
}

fs::path replaced_name(const fs::path& path) { return sibling(path, ".srvau-old"); }

void sweep_leftovers(const fs::path& dir) noexcept {
  try {
    const auto host = host_mark();
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(dir.empty() ? fs::path(".") : dir, unreadable)) {
      if (is_leftover_name(entry.path().filename().string(), host)) sweep(entry.path());
    }
  } catch (const std::exception&) {
    // No memory for the list, or a directory that vanished: the next save sweeps.
    return;
  }
}

}  // namespace srvau
