#include "base/files.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace srvau {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with_errno(const char* doing, const fs::path& path) {
  const int error = errno;
  fail(ErrorCode::kCheckpoint, doing, " ", path.string(), ": ", std::generic_category().message(error));
}

// Hidden, and never the name of something a dead process of the same id left behind: creation insists on a new name.
fs::path next_sibling(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  return path.parent_path() / c10::str(".", path.filename().string(), ".", ::getpid(), "-", count.fetch_add(1), ".tmp");
}

void sync_directory(const fs::path& path) {
  const FileDescriptor directory(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) fail_with_errno("opening", path);
  // Some network file systems cannot sync a directory and say EINVAL; the rename itself has taken place.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) fail_with_errno("syncing", path);
}

// Both names change hands at once. False where the file system or the platform has no such operation.
bool exchange(const fs::path& a, const fs::path& b) {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) fail_with_errno("exchanging", b);
#else
  static_cast<void>(a);
  static_cast<void>(b);
#endif
  return false;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor open_regular_file(const fs::path& path, uint64_t& bytes) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail_with_errno("opening", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno("reading", path);
  if (!S_ISREG(status.st_mode)) fail(ErrorCode::kCheckpoint, path.string(), ": expected a regular file");
  bytes = static_cast<uint64_t>(status.st_size);
  return file;
}

std::string read_file(const fs::path& path, uint64_t max_bytes) {
  uint64_t bytes = 0;
  const auto file = open_regular_file(path, bytes);
  if (bytes > max_bytes) {
    fail(ErrorCode::kCheckpoint, path.string(), ": expected at most ", max_bytes, " bytes, received ", bytes);
  }
  std::string text(bytes, '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    const auto count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("reading", path);
    if (count == 0) break;  // it was cut while it was read
    filled += static_cast<size_t>(count);
  }
  text.resize(filled);
  return text;
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  do {
    temporary_ = next_sibling(path_);
    file_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while (file_.get() < 0 && errno == EEXIST);
  if (file_.get() < 0) fail_with_errno("creating", temporary_);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  const auto* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const auto count = ::write(file_.get(), next, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("writing", path_);
    next += count;
    bytes -= static_cast<size_t>(count);
  }
}

void AtomicFile::commit() {
  if (::fsync(file_.get()) != 0) fail_with_errno("syncing", path_);
  file_ = FileDescriptor();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_with_errno("renaming to", path_);
  temporary_.clear();
  sync_directory(path_.parent_path());
}

AtomicDirectory::AtomicDirectory(const fs::path& path) {
  try {
    target_ = fs::weakly_canonical(path);
    if (!target_.has_filename()) target_ = target_.parent_path();  // a slash at the end
    fs::create_directories(target_.parent_path());
  } catch (const fs::filesystem_error& error) {
    fail(ErrorCode::kCheckpoint, "creating ", path.string(), ": ", error.code().message());
  }
  int made = 0;
  do {
    staging_ = next_sibling(target_);
    made = ::mkdir(staging_.c_str(), 0777);
  } while (made != 0 && errno == EEXIST);
  if (made != 0) fail_with_errno("creating", staging_);
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;  // nothing can be done about it here, and nothing relies on it
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

void AtomicDirectory::commit() {
  sync_directory(staging_);
  if (!fs::exists(target_) || !exchange(staging_, target_)) {
    const auto old = fs::exists(target_) ? next_sibling(target_) : fs::path();
    if (!old.empty() && ::rename(target_.c_str(), old.c_str()) != 0) fail_with_errno("renaming", target_);
    if (::rename(staging_.c_str(), target_.c_str()) != 0) {
      if (!old.empty()) ::rename(old.c_str(), target_.c_str());
      fail_with_errno("renaming to", target_);
    }
    staging_ = old;
  }
  sync_directory(target_.parent_path());
  std::error_code ignored;  // the new directory is in place; what is left of the old one is hidden
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
  staging_.clear();
}

}  // namespace srvau
