#pragma once

#include <filesystem>

#include "base/files.h"

namespace srvau {

/**
 * Something that is being written beside its place: `.NAME.<host>-<process>-<count>.srvau-tmp`, locked for as long as
 * its writer lives. The system takes the lock back from a writer that was killed, which is how a leftover is told from
 * what another process, also one of another container, is writing just now.
 */
struct Temporary {
  std::filesystem::path path;
  FileDescriptor lock;  // of a file also what it is written through
};

/** Makes an empty file, or directory, beside `path`. @throws Error CHECKPOINT where the file system refuses. */
Temporary make_temporary_file(const std::filesystem::path& path);
Temporary make_temporary_directory(const std::filesystem::path& path);

/** Where a directory that is being replaced waits, never swept: it may be the only one there is. */
std::filesystem::path replaced_name(const std::filesystem::path& path);

/**
 * Removes what writers of this machine that were killed have left in a directory. What cannot be locked or removed
 * stays: nothing relies on it being gone.
 */
void sweep_leftovers(const std::filesystem::path& dir) noexcept;

}  // namespace srvau
