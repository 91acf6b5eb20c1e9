#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srvau {

// Own code rather than a library because the core builds where there is PyTorch and nothing else.

class JsonValue;
struct JsonMember;
using JsonArray = std::vector<JsonValue>;
/** Sorted by key; keys are unique. */
using JsonObject = std::vector<JsonMember>;

/** One JSON value. Numbers spelled without fraction and exponent that fit are int64, all others double. */
class JsonValue {
 public:
  using Variant = std::variant<std::nullptr_t, bool, int64_t, double, std::string, JsonArray, JsonObject>;

  JsonValue() = default;
  explicit JsonValue(Variant value) : value_(std::move(value)) {}

  /** The value when it is of this alternative, else null. */
  template <typename T>
  const T* get_if() const noexcept {
    return std::get_if<T>(&value_);
  }
  template <typename T>
  T* get_if() noexcept {
    return std::get_if<T>(&value_);
  }
  const Variant& variant() const noexcept { return value_; }

 private:
  Variant value_ = nullptr;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

/** The member of that key, null when there is none. */
const JsonValue* find_member(const JsonObject& object, std::string_view key);
JsonValue* find_member(JsonObject& object, std::string_view key);

/** Bounds on what a hostile text can cost. */
struct JsonLimits {
  int depth = 100;
  /** Values in all: about 50 bytes of memory each. */
  int64_t values = 4'000'000;
};

/**
 * Reads one JSON text (RFC 8259, strictly): UTF-8, no duplicate keys, no lone surrogates, no numbers beyond a double.
 *
 * @param what what the text is, e.g. its path; errors begin with it.
 * @throws Error CHECKPOINT with line and column (both from 1, columns in characters), what was expected and what came.
 */
JsonValue parse_json(std::string_view text, const std::string& what, const JsonLimits& limits = {});

/** `text` as a JSON string with its quotes. `text` must be UTF-8. */
std::string json_string(std::string_view text);

/**
 * `text` in quotes for people: what cannot be seen, such as a byte order mark, as \u…. `text` must be UTF-8.
 */
std::string visible_string(std::string_view text);

/** Writes with an indent of two spaces, keys sorted. Doubles keep their exact value. */
std::string to_json(const JsonValue& value);

/** A value in a few words for an error message: `"abc"`, `3.5`, `an array of 4`, `an object`. */
std::string describe(const JsonValue& value);

/**
 * A place in a JSON document, there or not, with the path that leads to it. Every reader throws Error CHECKPOINT such
 * as `config.json: vision_config.depth: expected an integer from 1 to 4096, received "abc"` when there is something
 * else, or nothing.
 */
class JsonField {
 public:
  JsonField(const JsonValue& root, std::string what) : value_(&root), what_(std::move(what)) {}

  /** Not in the document at all; null is not absent. */
  bool absent() const noexcept { return value_ == nullptr; }
  /** There, and not null. */
  bool given() const noexcept { return value_ != nullptr && value_->get_if<std::nullptr_t>() == nullptr; }
  bool is_array() const noexcept { return value_ != nullptr && value_->get_if<JsonArray>() != nullptr; }
  /** A member, there or not. This value must be an object, or not given: then no member is. */
  JsonField operator[](std::string_view key) const;
  const JsonObject& object() const;
  std::vector<JsonField> items() const;
  /** An integer in [min, max]. */
  int64_t integer(int64_t min, int64_t max) const;
  /** A finite number, integral or not. */
  double number() const;
  bool boolean() const;
  const std::string& string() const;
  /** "vision_config.depth", for messages; "the root" for the document itself. */
  const std::string& path() const noexcept { return path_; }
  std::string received() const { return value_ == nullptr ? "nothing" : describe(*value_); }
  /** Throws Error CHECKPOINT: expected `expected`, received what is here. */
  [[noreturn]] void fail_expected(const std::string& expected) const;
  /** Throws Error UNSUPPORTED in the same form: well-formed, but this code does not implement it. */
  [[noreturn]] void fail_unsupported(const std::string& expected) const;

 private:
  JsonField(const JsonValue* value, std::string what, std::string path)
      : value_(value), what_(std::move(what)), path_(std::move(path)) {}
  std::string message(const std::string& expected) const;

  const JsonValue* value_;
  std::string what_;
  std::string path_;
};

}  // namespace srvau
