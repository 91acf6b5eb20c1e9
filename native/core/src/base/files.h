#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace srvau {

/** Closes what it holds. -1 holds nothing. */
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const noexcept { return fd_; }
  /** For an owner that closes it itself. */
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/** Opens a regular file for reading; `bytes` becomes its size. @throws Error CHECKPOINT naming the path and the reason.
 */
FileDescriptor open_regular_file(const std::filesystem::path& path, uint64_t& bytes);

/** The whole of a file. @throws Error CHECKPOINT: unreadable, not a regular file, or larger than `max_bytes`. */
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes);

/**
 * A file that appears under its name whole or not at all, a crash of the machine included: written beside its place,
 * synced, renamed. What another process has open or mapped under that name stays as it was. Without commit() nothing
 * remains; what a writer that was killed has left is removed by the next one in that directory. All members throw Error
 * CHECKPOINT where the file system refuses, and where the name is that of a directory, a pipe or a device.
 */
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  FileDescriptor file_;
};

/**
 * The same for a directory: fill staging(), then commit(). An existing directory of that name is exchanged with the new
 * one in one step where the file system can do so (otherwise by two renames, between which neither has the name), then
 * removed with all it holds. Callers make sure that it may be.
 */
class AtomicDirectory {
 public:
  /** Makes the parents of `path` where they are missing. */
  explicit AtomicDirectory(const std::filesystem::path& path);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  /** Where the directory will be: absolute, symbolic links resolved. */
  const std::filesystem::path& target() const noexcept { return target_; }
  const std::filesystem::path& staging() const noexcept { return staging_; }
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path staging_;
  FileDescriptor lock_;
};

}  // namespace srvau
