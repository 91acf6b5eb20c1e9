#include "config/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/error.h"

namespace srvau {
namespace {

template <typename Object>
auto* find_in(Object& object, std::string_view key) {
  const auto at =
      std::lower_bound(object.begin(), object.end(), key,
                       [](const JsonMember& member, std::string_view wanted) { return member.key < wanted; });
  return at != object.end() && at->key == key ? &at->value : nullptr;
}

std::string number_text(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  // A reader that tells integers from reals must get a real back.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/** Controls, spaces that are none of ASCII's, joiners, marks of direction and of byte order. */
bool is_invisible(uint32_t code) {
  constexpr std::array<std::pair<uint32_t, uint32_t>, 10> ranges = {{{0x7F, 0xA0},
                                                                      {0xAD, 0xAD},
                                                                      {0x1680, 0x1680},
                                                                      {0x180E, 0x180E},
                                                                      {0x2000, 0x200F},
                                                                      {0x2028, 0x202F},
                                                                      {0x205F, 0x206F},
                                                                      {0x3000, 0x3000},
                                                                      {0xFE00, 0xFE0F},
                                                                      {0xFEFF, 0xFEFF}}};
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const auto& range) { return code >= range.first && code <= range.second; });
}

template <typename Items, typename WriteItem>
void write_list(std::string& out, const Items& items, const char* brackets, size_t indent, WriteItem&& write_item) {
  out += brackets[0];
  const char* separator = "\n";
  for (const auto& item : items) {
    out += separator;
    out.append(indent + 2, ' ');
    write_item(item);
    separator = ",\n";
  }
  if (!items.empty()) out.append("\n").append(indent, ' ');
  out += brackets[1];
}

void write(std::string& out, const JsonValue& value, size_t indent) {
  if (const auto* flag = value.get_if<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = value.get_if<int64_t>()) {
    out += std::to_string(*whole);
  } else if (const auto* real = value.get_if<double>()) {
    out += number_text(*real);
  } else if (const auto* text = value.get_if<std::string>()) {
    out += json_string(*text);
  } else if (const auto* array = value.get_if<JsonArray>()) {
    write_list(out, *array, "[]", indent, [&](const JsonValue& item) { write(out, item, indent + 2); });
  } else if (const auto* object = value.get_if<JsonObject>()) {
    write_list(out, *object, "{}", indent, [&](const JsonMember& member) {
      out.append(json_string(member.key)).append(": ");
      write(out, member.value, indent + 2);
    });
  } else {
    out += "null";
  }
}

}  // namespace

const JsonValue* find_member(const JsonObject& object, std::string_view key) { return find_in(object, key); }
JsonValue* find_member(JsonObject& object, std::string_view key) { return find_in(object, key); }

std::string json_string(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += {'\\', 'u', '0', '0', hex[static_cast<size_t>(c) >> 4], hex[static_cast<size_t>(c) & 15]};
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string visible_string(std::string_view text) {
  std::string out;
  const auto plain = json_string(text);
  for (size_t at = 0; at < plain.size();) {
    const auto first = static_cast<unsigned char>(plain[at]);
    const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (size_t i = 1; i < length && at + i < plain.size(); ++i) code = code << 6 | (plain[at + i] & 0x3FU);
    if (is_invisible(code)) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", code);
      out += escape.data();
    } else {
      out += plain.substr(at, length);
    }
    at += length;
  }
  return out;
}

std::string to_json(const JsonValue& value) {
  std::string out;
  write(out, value, 0);
  return out;
}

std::string describe(const JsonValue& value) {
  constexpr size_t longest = 60;
  if (const auto* text = value.get_if<std::string>()) {
    if (text->size() <= longest) return visible_string(*text);
    auto cut = longest;
    while (cut > 0 && ((*text)[cut] & 0xC0) == 0x80) --cut;  // not inside a character
    return visible_string(text->substr(0, cut)) + "...";
  }
  if (const auto* array = value.get_if<JsonArray>()) return "an array of " + std::to_string(array->size());
  if (value.get_if<JsonObject>() != nullptr) return "an object";
  return to_json(value);
}

JsonField JsonField::operator[](std::string_view key) const {
  const auto* const child = given() ? find_member(object(), key) : nullptr;
  return JsonField(child, what_, path_.empty() ? std::string(key) : path_ + "." + std::string(key));
}

const JsonObject& JsonField::object() const {
  const auto* const members = value_ == nullptr ? nullptr : value_->get_if<JsonObject>();
  if (members == nullptr) fail_expected("an object");
  return *members;
}

std::vector<JsonField> JsonField::items() const {
  const auto* const array = value_ == nullptr ? nullptr : value_->get_if<JsonArray>();
  if (array == nullptr) fail_expected("an array");
  std::vector<JsonField> fields;
  fields.reserve(array->size());
  for (size_t i = 0; i < array->size(); ++i) {
    fields.push_back(JsonField(&(*array)[i], what_, path_ + "[" + std::to_string(i) + "]"));
  }
  return fields;
}

int64_t JsonField::integer(int64_t min, int64_t max) const {
  const auto* const whole = value_ == nullptr ? nullptr : value_->get_if<int64_t>();
  if (whole == nullptr || *whole < min || *whole > max) {
    fail_expected("an integer from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return *whole;
}

double JsonField::number() const {
  if (value_ != nullptr) {
    if (const auto* whole = value_->get_if<int64_t>()) return static_cast<double>(*whole);
    if (const auto* real = value_->get_if<double>()) return *real;
  }
  fail_expected("a number");
}

bool JsonField::boolean() const {
  const auto* const flag = value_ == nullptr ? nullptr : value_->get_if<bool>();
  if (flag == nullptr) fail_expected("true or false");
  return *flag;
}

const std::string& JsonField::string() const {
  const auto* const text = value_ == nullptr ? nullptr : value_->get_if<std::string>();
  if (text == nullptr) fail_expected("a string");
  return *text;
}

std::string JsonField::message(const std::string& expected) const {
  return what_ + ": " + (path_.empty() ? "" : path_ + ": ") + "expected " + expected + ", received " + received();
}

void JsonField::fail_expected(const std::string& expected) const { fail(ErrorCode::kCheckpoint, message(expected)); }

void JsonField::fail_unsupported(const std::string& expected) const {
  fail(ErrorCode::kUnsupported, message(expected));
}

}  // namespace srvau
