#pragma once

#include <stdexcept>
#include <string>

#include <c10/util/StringUtil.h>

namespace srvau {

/** What a caller may do about a failure; becomes `code` of the error in JavaScript. */
enum class ErrorCode {
  kInvalidArgument,  // the caller asked for something impossible: wrong shape, value out of range
  kUnsupported,      // a well-formed checkpoint or option that this code does not implement
  kCheckpoint,       // files that are missing, damaged or do not fit together
  kOutOfMemory,      // the device or the host has no memory left; smaller batches may pass
  kCancelled,        // the caller cancelled
  kProcessGroup,     // another process of the group is gone, late or does something else: its work cannot go on
  kInternal,         // a defect of ours or of libtorch
};

/** Stable name of a code, e.g. "INVALID_ARGUMENT". */
const char* name_of(ErrorCode code);

/** The one exception that leaves this library. Its message says what was expected, where, and what came. */
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/** Throws Error; the parts are joined as c10::str does. */
template <typename... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, c10::str(parts...));
}

/** Throws Error INVALID_ARGUMENT unless `holds`. The message is only built when it is needed. */
#define SRVAU_REQUIRE(holds, ...)                                          \
  do {                                                                     \
    if (!(holds)) [[unlikely]]                                             \
      ::srvau::fail(::srvau::ErrorCode::kInvalidArgument, ##__VA_ARGS__);  \
  } while (false)

/**
 * The exception in flight as an Error: ours as it is, libtorch's and the allocator's by what they mean. Call it in a
 * catch block.
 */
Error current_error();

}  // namespace srvau
