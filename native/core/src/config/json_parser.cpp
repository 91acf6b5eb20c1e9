#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/error.h"
#include "config/json.h"

namespace srvau {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of the UTF-8 sequence that begins at `at`; 0 when it is none (overlong forms and surrogates are none).
size_t utf8_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const auto continues = [&](size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    return continues(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = continues(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& what, const JsonLimits& limits)
      : text_(text), what_(what), limits_(limits) {}

  JsonValue document() {
    for (size_t at = 0; at < text_.size();) {
      const auto length = utf8_length(text_, at);
      if (length == 0) fail_at(at, "expected UTF-8, received byte ", int{static_cast<unsigned char>(text_[at])});
      at += length;
    }
    auto root = value(0);
    skip_space();
    if (at_ < text_.size()) fail_expected("the end of the text");
    return root;
  }

 private:
  template <typename... Parts>
  [[noreturn]] void fail_at(size_t at, const Parts&... parts) const {
    const auto before = text_.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto row = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
    const auto column = 1 + std::count_if(row.begin(), row.end(), [](char c) { return (c & 0xC0) != 0x80; });
    fail(ErrorCode::kCheckpoint, what_, ": line ", line, ", column ", column, ": ", parts...);
  }

  [[noreturn]] void fail_expected(const char* expected) const {
    if (at_ >= text_.size()) fail_at(at_, "expected ", expected, ", received the end of the text");
    const auto length = std::max<size_t>(utf8_length(text_, at_), 1);
    fail_at(at_, "expected ", expected, ", received ", visible_string(text_.substr(at_, length)));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
  }

  JsonValue value(int depth) {
    skip_space();
    if (++values_ > limits_.values) fail_at(at_, "expected at most ", limits_.values, " values");
    if (depth > limits_.depth) fail_at(at_, "expected at most ", limits_.depth, " levels of nesting");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return JsonValue(string());
      case 't':
        return keyword("true", true);
      case 'f':
        return keyword("false", false);
      case 'n':
        return keyword("null", nullptr);
      default:
        if (peek() == '-' || is_digit(peek())) return number();
        fail_expected("a value");
    }
  }

  JsonValue keyword(std::string_view word, JsonValue::Variant value) {
    if (text_.substr(at_, word.size()) != word) fail_expected("a value");
    at_ += word.size();
    return JsonValue(std::move(value));
  }

  JsonValue array(int depth) {
    JsonArray items;
    ++at_;
    skip_space();
    if (take(']')) return JsonValue(std::move(items));
    do {
      items.push_back(value(depth + 1));
      skip_space();
    } while (take(','));
    if (!take(']')) fail_expected("',' or ']'");
    return JsonValue(std::move(items));
  }

  JsonValue object(int depth) {
    JsonObject members;
    std::vector<size_t> places;
    ++at_;
    skip_space();
    if (take('}')) return JsonValue(std::move(members));
    do {
      skip_space();
      if (peek() != '"') fail_expected("a key in quotes");
      places.push_back(at_);
      auto key = string();
      skip_space();
      if (!take(':')) fail_expected("':'");
      members.push_back({std::move(key), value(depth + 1)});
      skip_space();
    } while (take(','));
    if (!take('}')) fail_expected("',' or '}'");
    return JsonValue(sorted(std::move(members), places));
  }

  JsonObject sorted(JsonObject members, const std::vector<size_t>& places) const {
    std::vector<size_t> order(members.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return members[a].key < members[b].key; });
    JsonObject out;
    out.reserve(members.size());
    for (const auto i : order) {
      if (!out.empty() && out.back().key == members[i].key) {
        fail_at(places[i], "expected every key once, received ", visible_string(members[i].key), " again");
      }
      out.push_back(std::move(members[i]));
    }
    return out;
  }

  std::string string() {
    std::string out;
    ++at_;
    while (true) {
      const auto from = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out.append(text_.substr(from, at_ - from));
      if (take('"')) return out;
      if (!take('\\')) fail_expected("the rest of a string, control characters escaped,");
      escape(out);
    }
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (take('u')) return append_utf8(out, escaped_code());
    const auto which = at_ < text_.size() ? names.find(text_[at_]) : std::string_view::npos;
    if (which == std::string_view::npos) fail_expected("an escape: one of \"\\/bfnrtu");
    out.push_back(meanings[which]);
    ++at_;
  }

  uint32_t escaped_code() {
    const auto at = at_;
    const auto first = hex4();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first <= 0xDBFF && take('\\') && take('u')) {
      const auto second = hex4();
      if (second >= 0xDC00 && second <= 0xDFFF) return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }
    fail_at(at, "expected a high surrogate followed by a low one, received one alone");
  }

  uint32_t hex4() {
    uint32_t code = 0;
    const auto digits = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (error != std::errc() || end != digits.data() + 4) fail_expected("four hexadecimal digits");
    at_ += 4;
    return code;
  }

  void digits() {
    if (!is_digit(peek())) fail_expected("a digit");
    while (is_digit(peek())) ++at_;
  }

  JsonValue number() {
    const auto from = at_;
    bool integral = true;
    take('-');
    if (!take('0')) digits();
    if (take('.')) {
      integral = false;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      integral = false;
      ++at_;
      if (!take('+')) take('-');
      digits();
    }
    const char* const begin = text_.data() + from;
    const char* const end = text_.data() + at_;
    int64_t whole = 0;
    if (integral && std::from_chars(begin, end, whole).ec == std::errc()) return JsonValue(whole);
    double real = 0;
    if (std::from_chars(begin, end, real).ec != std::errc()) fail_at(from, "expected a number that a double can hold");
    return JsonValue(real);
  }

  std::string_view text_;
  const std::string& what_;
  const JsonLimits& limits_;
  size_t at_ = 0;
  int64_t values_ = 0;
};

}  // namespace

JsonValue parse_json(std::string_view text, const std::string& what, const JsonLimits& limits) {
  return Parser(text, what, limits).document();
}

}  // namespace srvau
