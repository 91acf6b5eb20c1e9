#include "base/error.h"

#include <new>
#include <string_view>

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

namespace {

/** What libtorch says in its own way of an allocation that was refused. */
std::string words_of_refusal(const std::string& what) {
  constexpr std::string_view kTried = "tried to allocate ";  // "… 123 bytes", on a GPU "Tried to allocate 2.00 GiB"
  auto at = what.find(kTried.substr(1));
  if (at == std::string::npos) return "expected memory for another tensor, the system has none left";
  at += kTried.size() - 1;
  const auto end = what.find_first_of(".(\n", what.find(' ', at));  // behind the unit
  return "expected memory for another tensor of " + what.substr(at, end - at) +
         ", which there is not; fewer sequences at a time, shorter ones, or fewer pixels may pass";
}

}  // namespace

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const c10::OutOfMemoryError& error) {
    return Error(ErrorCode::kOutOfMemory, words_of_refusal(error.what_without_backtrace()));
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // The CPU allocator reports a refused allocation as a plain error.
    const bool memory =
        what.find("can't allocate memory") != std::string::npos || what.find("not enough memory") != std::string::npos;
    if (memory) return Error(ErrorCode::kOutOfMemory, words_of_refusal(what));
    return Error(ErrorCode::kInternal, what);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOutOfMemory, "expected memory on the host, which has none left");
  } catch (const std::exception& error) {
    return Error(ErrorCode::kInternal, error.what());
  } catch (...) {
    return Error(ErrorCode::kInternal, "an exception that is no std::exception");
  }
}

}  // namespace srvau
