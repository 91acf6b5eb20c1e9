#include "base/file_errors.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "base/error.h"

namespace srvau {
namespace {

/** What a person can do, in a few words; nothing where the error says all. */
std::string advice(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return c10::str("; give user ", ::geteuid(), ", as whom this process runs, the right to it");
    case ENOSPC:
    case EDQUOT:
      return "; make room there, then try again: what was there before is unchanged";
    case EROFS:
      return "; name a place that can be written to";
    case EMFILE:
    case ENFILE:
      return "; raise the number of open files (ulimit -n)";
    case ENAMETOOLONG:
      return "; a shorter name";
    case ENOENT:
      return "; check that the path and the directories in it are there";
    default:
      return "";
  }
}

}  // namespace

void fail_with_errno(const std::filesystem::path& path, const std::string& expected) {
  fail_with_system_error(path, expected, errno);
}

void fail_with_system_error(const std::filesystem::path& path, const std::string& expected, int error) {
  fail(ErrorCode::kCheckpoint, path.string(), ": expected ", expected,
       ", received the system's error: ", std::generic_category().message(error), advice(error));
}

}  // namespace srvau
