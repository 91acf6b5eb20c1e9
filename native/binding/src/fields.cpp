#include "fields.h"

#include <cmath>

#include "config/json.h"

namespace srvau::binding {
namespace {

const char* type_of(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_boolean:
      return "boolean";
    case napi_number:
      return "number";
    case napi_string:
      return "string";
    case napi_symbol:
      return "symbol";
    case napi_function:
      return "function";
    case napi_bigint:
      return "bigint";
    default:
      return "object";
  }
}

/** At most `bytes`, not ending within a character of UTF-8. */
size_t whole_characters(const std::string& text, size_t bytes) {
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return bytes;
}

std::string describe(const Napi::Value& value) {
  constexpr size_t kLongest = 100;
  if (value.IsNull()) return "null";
  if (value.IsSymbol()) return "a symbol";
  if (value.IsFunction()) return "a function";
  if (value.IsArray()) return "an array";
  if (value.IsTypedArray()) return "a typed array";
  if (value.IsObject()) return "an object";  // whose toString is code of the caller
  auto text = value.ToString().Utf8Value();
  // Quoted, without the quotes: what cannot be seen is an escape.
  if (value.IsString()) text = visible_string(text), text = text.substr(1, text.size() - 2);
  if (text.size() > kLongest) text = text.substr(0, whole_characters(text, kLongest)) + "…";
  return text;
}

std::string integer_in(int64_t min, int64_t max) { return c10::str("integer from ", min, " to ", max); }

template <typename T>
View<T> to_view(const Napi::Value& value, napi_typedarray_type type, const char* type_name, const std::string& what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    fail_expected(type_name, what, value);
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_typedarray_info(value.Env(), value, nullptr, &length, &data, nullptr, nullptr) != napi_ok)
    throw Napi::Error::New(value.Env());
  return {static_cast<const T*>(data), length};
}

}  // namespace

void fail_expected(const std::string& expected, const std::string& what, const Napi::Value& received) {
  fail(ErrorCode::kInvalidArgument, "Expected ", expected, " for ", what, " but received ", describe(received),
       " of type ", type_of(received));
}

std::string to_string(const Napi::Value& value, const std::string& what) {
  if (!value.IsString()) fail_expected("a string", what, value);
  return value.As<Napi::String>().Utf8Value();
}

std::string to_name(const Napi::Value& value, const std::string& what) {
  auto name = to_string(value, what);
  if (name.empty() || name.find('\0') != std::string::npos)
    fail_expected("a string that is not empty and has no NUL character", what, value);
  return name;
}

std::vector<int64_t> to_token_ids(const Napi::Value& value, const std::string& what) {
  const auto view = to_int32_view(value, what);
  return {view.begin(), view.end()};
}

View<float> to_float_view(const Napi::Value& value, const std::string& what) {
  return to_view<float>(value, napi_float32_array, "a Float32Array", what);
}
View<double> to_double_view(const Napi::Value& value, const std::string& what) {
  return to_view<double>(value, napi_float64_array, "a Float64Array", what);
}
View<uint8_t> to_byte_view(const Napi::Value& value, const std::string& what) {
  return to_view<uint8_t>(value, napi_uint8_array, "a Uint8Array", what);
}
View<int32_t> to_int32_view(const Napi::Value& value, const std::string& what) {
  return to_view<int32_t>(value, napi_int32_array, "an Int32Array", what);
}
View<uint64_t> to_uint64_view(const Napi::Value& value, const std::string& what) {
  return to_view<uint64_t>(value, napi_biguint64_array, "a BigUint64Array", what);
}

std::vector<std::pair<Napi::Value, std::string>> to_array(const Napi::Value& value, const std::string& what) {
  if (!value.IsArray()) fail_expected("an array", what, value);
  const auto array = value.As<Napi::Array>();
  std::vector<std::pair<Napi::Value, std::string>> elements;
  for (uint32_t i = 0; i < array.Length(); ++i) elements.emplace_back(array.Get(i), c10::str(what, "[", i, "]"));
  return elements;
}

Fields::Fields(const Napi::Value& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.IsObject() || object.IsArray() || object.IsFunction())
    fail_expected("an object", path_.empty() ? "options" : path_, object);
}

Napi::Value Fields::get(const char* name) {
  seen_.insert(name);
  return object_.As<Napi::Object>().Get(name);
}

int64_t Fields::integer(const char* name, int64_t min, int64_t max, std::optional<int64_t> fallback) {
  const auto value = get(name);
  if (value.IsUndefined() && fallback) return *fallback;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::trunc(number) == number && number >= static_cast<double>(min) && number <= static_cast<double>(max)))
    fail_expected(integer_in(min, max), path_of(name), value);
  return static_cast<int64_t>(number);
}

double Fields::number(const char* name, std::optional<double> fallback) {
  const auto value = get(name);
  if (value.IsUndefined() && fallback) return *fallback;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!std::isfinite(number)) fail_expected("a finite number", path_of(name), value);
  return number;
}

double Fields::number(const char* name, double min, double max, std::optional<double> fallback) {
  const double value = number(name, fallback);
  if (!(value >= min && value <= max)) fail_expected(c10::str("number from ", min, " to ", max), path_of(name), get(name));
  return value;
}

bool Fields::boolean(const char* name, bool fallback) {
  const auto value = get(name);
  if (value.IsUndefined()) return fallback;
  if (!value.IsBoolean()) fail_expected("true or false", path_of(name), value);
  return value.As<Napi::Boolean>().Value();
}

std::string Fields::string(const char* name, std::optional<std::string> fallback) {
  const auto value = get(name);
  if (value.IsUndefined() && fallback) return *fallback;
  return to_string(value, path_of(name));
}

std::string Fields::name_or_none(const char* name) { return given(name) ? to_name(get(name), path_of(name)) : ""; }

std::vector<std::pair<Napi::Value, std::string>> Fields::array(const char* name) {
  return to_array(get(name), path_of(name));
}

void Fields::refuse_others() const {
  const auto names = object_.As<Napi::Object>().GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const auto name = names.Get(i).ToString().Utf8Value();
    SRVAU_REQUIRE(
        seen_.contains(name), "Expected one of ",
        [this] {
          std::string known;
          for (const auto& field : seen_) known += (known.empty() ? "" : ", ") + field;
          return known;
        }(),
        " for ", path_.empty() ? "the options" : path_, " but received the field ", name);
  }
}

}  // namespace srvau::binding
