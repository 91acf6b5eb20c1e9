#pragma once

#include <filesystem>
#include <string>

namespace srvau {

/**
 * Throws Error CHECKPOINT for what `errno` says: "PATH: expected EXPECTED, received the system's error: TEXT", and what
 * may be done about it.
 */
[[noreturn]] void fail_with_errno(const std::filesystem::path& path, const std::string& expected);

/** The same for an error number. */
[[noreturn]] void fail_with_system_error(const std::filesystem::path& path, const std::string& expected, int error);

}  // namespace srvau
