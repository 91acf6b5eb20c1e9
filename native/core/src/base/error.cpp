#include "base/error.h"

#include <new>

#include <c10/util/Exception.h>

namespace srvau {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kUnsupported:
      return "UNSUPPORTED";
    case ErrorCode::kCheckpoint:
      return "CHECKPOINT";
    case ErrorCode::kOutOfMemory:
      return "OUT_OF_MEMORY";
    case ErrorCode::kCancelled:
      return "CANCELLED";
    case ErrorCode::kProcessGroup:
      return "PROCESS_GROUP";
    case ErrorCode::kInternal:
      break;
  }
  return "INTERNAL";
}

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const c10::OutOfMemoryError& error) {
    return Error(ErrorCode::kOutOfMemory, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // The CPU allocator reports a refused allocation as a plain error.
    const bool memory = what.find("can't allocate memory") != std::string::npos ||
                        what.find("not enough memory") != std::string::npos;
    return Error(memory ? ErrorCode::kOutOfMemory : ErrorCode::kInternal, what);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "the host has no memory left");
  } catch (const std::exception& error) {
    return Error(ErrorCode::kInternal, error.what());
  } catch (...) {
    return Error(ErrorCode::kInternal, "an exception that is no std::exception");
  }
}

}  // namespace srvau
