#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <napi.h>

#include "base/error.h"

namespace srvau::binding {

/** Throws Error INVALID_ARGUMENT: "Expected EXPECTED for WHAT but received VALUE of type TYPE". */
[[noreturn]] void fail_expected(const std::string& expected, const std::string& what, const Napi::Value& received);

std::string to_string(const Napi::Value& value, const std::string& what);
/** A name that goes to the system: not empty, and without a NUL, at which the system would cut it. */
std::string to_name(const Napi::Value& value, const std::string& what);
std::vector<int64_t> to_token_ids(const Napi::Value& value, const std::string& what);  // an Int32Array

/** Data of a typed array, where it lies. */
template <typename T>
struct View {
  const T* data;
  size_t size;
  const T* begin() const { return data; }
  const T* end() const { return data + size; }
};
View<float> to_float_view(const Napi::Value& value, const std::string& what);
View<double> to_double_view(const Napi::Value& value, const std::string& what);
View<uint8_t> to_byte_view(const Napi::Value& value, const std::string& what);
View<int32_t> to_int32_view(const Napi::Value& value, const std::string& what);
View<uint64_t> to_uint64_view(const Napi::Value& value, const std::string& what);

constexpr int64_t kMaxInt = INT32_MAX;
constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

/**
 * The fields of an object of JavaScript, read once and checked: all further code works with plain structs. A field that
 * is undefined is not there. Every reader throws Error INVALID_ARGUMENT that names the field, what was expected and
 * what came; a field that is not there has its fallback, or is an error without one.
 */
class Fields {
 public:
  /** @param path "" for the options of a call, else e.g. "groups[0].prompt" */
  Fields(const Napi::Value& object, std::string path);

  bool given(const char* name) { return !get(name).IsUndefined(); }
  Napi::Value get(const char* name);
  std::string path_of(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

  int64_t integer(const char* name, int64_t min, int64_t max, std::optional<int64_t> fallback = {});
  /** Finite, and in the range. */
  double number(const char* name, std::optional<double> fallback = {});
  double number(const char* name, double min, double max, std::optional<double> fallback = {});
  bool boolean(const char* name, bool fallback);
  std::string string(const char* name, std::optional<std::string> fallback = {});
  /** As to_name; "" where it is not there. */
  std::string name_or_none(const char* name);
  Fields object(const char* name) { return Fields(get(name), path_of(name)); }
  /** @return (element, its path) for each */
  std::vector<std::pair<Napi::Value, std::string>> array(const char* name);

  /** One of some names. */
  template <typename T>
  T choice(const char* name, std::initializer_list<std::pair<const char*, T>> choices, T fallback) {
    const auto value = get(name);
    if (value.IsUndefined()) return fallback;
    const auto text = value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
    std::string names;
    for (const auto& [key, result] : choices) {
      if (value.IsString() && text == key) return result;
      names += (names.empty() ? "" : ", ") + std::string(key);
    }
    fail_expected("one of " + names, path_of(name), value);
  }

  /** For options, where a field that nobody has asked for is a slip of the caller. */
  void refuse_others() const;

 private:
  Napi::Value object_;
  std::string path_;
  std::set<std::string> seen_;
};

/** The elements of an array with their paths. */
std::vector<std::pair<Napi::Value, std::string>> to_array(const Napi::Value& value, const std::string& what);

}  // namespace srvau::binding
