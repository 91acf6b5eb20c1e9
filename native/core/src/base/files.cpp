#include "base/files.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_errors.h"
#include "base/leftovers.h"

namespace srvau {
namespace {

namespace fs = std::filesystem;

/** What a rename may take the place of: as root it would replace /dev/null for the whole machine. */
void require_file_or_nothing(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;  // also a link to nothing, which is then replaced itself
    fail_with_errno(path, "a regular file or nothing");
  }
  if (S_ISREG(status.st_mode)) return;
  const auto* const received = S_ISDIR(status.st_mode)    ? "a directory"
                               : S_ISFIFO(status.st_mode) ? "a named pipe"
                                                          : "a device or socket";
  fail(ErrorCode::kCheckpoint, path.string(), ": expected a regular file or nothing, received ", received);
}

/** The same for a directory. Nothing can be renamed over a link, and what this one leads to is not there. */
void require_directory_or_nothing(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) fail_with_errno(path, "a directory or nothing");
    if (::lstat(path.c_str(), &status) == 0)
      fail(ErrorCode::kCheckpoint, path.string(), ": expected a directory or nothing, received a link to ",
           fs::read_symlink(path).string(), ", which is not there");
    return;
  }
  if (!S_ISDIR(status.st_mode))
    fail(ErrorCode::kCheckpoint, path.string(), ": expected a directory or nothing, received a file");
}

void sync_directory(const fs::path& path) {
  const FileDescriptor directory(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) fail_with_errno(path, "a directory that can be opened");
  // Some network file systems cannot sync a directory and say EINVAL; the rename itself has taken place.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) fail_with_errno(path, "a directory that can be synced");
}

// Both names change hands at once. False where the file system or the platform has no such operation.
bool exchange(const fs::path& a, const fs::path& b) {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) fail_with_errno(b, "a directory that can be replaced");
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
  if (file.get() < 0) fail_with_errno(path, "a file that can be opened");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "a file that can be read");
  if (!S_ISREG(status.st_mode))
    fail(ErrorCode::kCheckpoint, path.string(), ": expected a regular file, received ",
         S_ISDIR(status.st_mode) ? "a directory" : "a pipe, device or socket");
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
    if (count < 0) fail_with_errno(path, "a file that can be read");
    if (count == 0) break;  // it was cut while it was read
    filled += static_cast<size_t>(count);
  }
  text.resize(filled);
  return text;
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  require_file_or_nothing(path_);
  sweep_leftovers(path_.parent_path());
  auto made = make_temporary_file(path_);
  temporary_ = std::move(made.path);
  file_ = std::move(made.lock);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  const auto* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const auto count = ::write(file_.get(), next, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(path_, "a file that can be written");
    next += count;
    bytes -= static_cast<size_t>(count);
  }
}

void AtomicFile::commit() {
  if (::fsync(file_.get()) != 0) fail_with_errno(path_, "a file that can be written");
  require_file_or_nothing(path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_with_errno(path_, "a file that can be replaced");
  temporary_.clear();
  file_ = FileDescriptor();  // locked until here, lest it is swept
  sync_directory(path_.parent_path());
}

AtomicDirectory::AtomicDirectory(const fs::path& path) {
  try {
    require_directory_or_nothing(path);
    target_ = fs::weakly_canonical(path);
    if (!target_.has_filename()) target_ = target_.parent_path();  // a slash at the end
    fs::create_directories(target_.parent_path());
  } catch (const fs::filesystem_error& error) {
    fail_with_system_error(path, "a directory that can be made there", error.code().value());
  }
  sweep_leftovers(target_.parent_path());
  auto made = make_temporary_directory(target_);
  staging_ = std::move(made.path);
  lock_ = std::move(made.lock);
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;  // nothing can be done about it here, and nothing relies on it
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

void AtomicDirectory::commit() {
  constexpr const char* kReplaceable = "a directory that can be replaced";
  sync_directory(staging_);
  if (!fs::exists(target_) || !exchange(staging_, target_)) {
    const auto old = fs::exists(target_) ? replaced_name(target_) : fs::path();
    if (!old.empty() && ::rename(target_.c_str(), old.c_str()) != 0) fail_with_errno(target_, kReplaceable);
    if (::rename(staging_.c_str(), target_.c_str()) != 0) {
      const int error = errno;
      if (!old.empty()) ::rename(old.c_str(), target_.c_str());
      fail_with_system_error(target_, kReplaceable, error);
    }
    staging_ = old;
  }
  lock_ = FileDescriptor();
  sync_directory(target_.parent_path());
  std::error_code ignored;  // the new directory is in place; what is left of the old one is hidden
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
  staging_.clear();
}

}  // namespace srvau
