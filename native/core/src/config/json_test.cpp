#include "config/json.h"

#include "base/testing.h"

using srvau::ErrorCode;
using srvau::JsonField;
using srvau::parse_json;

namespace {

template <typename T>
T read(const std::string& text) {
  const auto value = parse_json(text, "t");
  const auto* const found = value.get_if<T>();
  if (found == nullptr) srvau::fail(ErrorCode::kInternal, text, " is ", srvau::describe(value));
  return *found;
}

std::string round_trip(const std::string& text) { return srvau::to_json(parse_json(text, "t")); }

}  // namespace

TEST(numbers_are_integers_when_spelled_so_and_in_range) {
  EXPECT_EQ(read<int64_t>("0"), 0);
  EXPECT_EQ(read<int64_t>("-12"), -12);
  EXPECT_EQ(read<int64_t>("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(read<int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(read<double>("9223372036854775808"), 9223372036854775808.0);
  EXPECT_EQ(read<double>("1e3"), 1000.0);
  EXPECT_EQ(read<double>("-2.5E-1"), -0.25);
  EXPECT_EQ(read<double>("1e-05"), 1e-05);
}

TEST(strings_decode_escapes_and_keep_unicode) {
  EXPECT_EQ(read<std::string>(R"("a\"\\\/\b\f\n\r\t\u0041")"), "a\"\\/\b\f\n\r\tA");
  EXPECT_EQ(read<std::string>(R"("\u00e9\u20AC\uD83D\uDE00")"), "é€😀");
  EXPECT_EQ(read<std::string>("\"é€😀\""), "é€😀");
  EXPECT_EQ(read<std::string>(R"("\u0000")"), std::string(1, '\0'));
}

TEST(what_is_written_reads_back) {
  EXPECT_EQ(round_trip("[]"), "[]");
  EXPECT_EQ(round_trip(R"( {"b":[1,2.0,1e-05],"a":{"x":null,"y":true}} )"),
            "{\n  \"a\": {\n    \"x\": null,\n    \"y\": true\n  },\n  \"b\": [\n    1,\n    2.0,\n    1e-05\n  ]\n}");
  EXPECT_EQ(read<double>(round_trip("0.1")), 0.1);
  EXPECT_EQ(read<double>(round_trip("1000000.0")), 1e6);
  const std::string odd = "a\"\\\n\x01\x1f é😀";
  EXPECT_EQ(read<std::string>(srvau::json_string(odd)), odd);
}

TEST(refuses_what_is_no_json_with_its_place) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: expected a value, received the end"},
      {"[1,\n  2,\n  x]", "line 3, column 3: expected a value, received \"x\""},
      {"{\"é\": 1 \"b\"", "line 1, column 9: expected ',' or '}', received \"\\\"\""},
      {"[1,]", "column 4: expected a value"},
      {"[1 2]", "column 4: expected ',' or ']'"},
      {"{\"a\":1,}", "expected a key in quotes, received \"}\""},
      {"{a:1}", "a key in quotes"},
      {"{\"a\" 1}", "expected ':'"},
      {"1 1", "expected the end of the text"},
      {"01", "expected the end of the text"},
      {"-", "expected a digit"},
      {"1.", "expected a digit"},
      {"1e+", "expected a digit"},
      {".5", "expected a value"},
      {"+1", "expected a value"},
      {"NaN", "expected a value, received \"N\""},
      {"Infinity", "expected a value"},
      {"1e999", "a number that a double can hold"},
      {"tru", "expected a value"},
      {"\"a", "rest of a string"},
      {"\"a\nb\"", "rest of a string"},
      {R"("\x")", "expected an escape"},
      {R"("\u12g4")", "four hexadecimal digits"},
      {R"("\uD800")", "received one alone"},
      {R"("\uDC00\uD800")", "received one alone"},
      {R"({"a":1,"b":2,"a":3})", "column 14: expected every key once, received \"a\" again"},
      {"\xEF\xBB\xBF{}", "expected a value"},
      {"\"\xC0\xAF\"", "expected UTF-8, received byte 192"},
      {"\"\xED\xA0\x80\"", "expected UTF-8"},
      {"\"\xF4\x90\x80\x80\"", "expected UTF-8"},
      {"\"\xE2\x82", "expected UTF-8"},
      {"// c\n1", "expected a value"},
  };
  for (const auto& [text, part] : cases) EXPECT_ERROR(ErrorCode::kCheckpoint, part, parse_json(text, "t"));
}

TEST(depth_and_size_are_bounded) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  parse_json(nested(101), "t");
  EXPECT_ERROR(ErrorCode::kCheckpoint, "100 levels", parse_json(nested(102), "t"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "100 levels", parse_json(std::string(1'000'000, '['), "t"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "at most 3 values", parse_json("[1,2,3]", "t", {.values = 3}));
}

TEST(fields_name_their_path) {
  const auto document = parse_json(R"({"a":{"b":[1,"x"]},"n":null,"i":3})", "f.json");
  const JsonField root(document, "f.json");
  EXPECT_EQ(root["a"]["b"].items()[0].integer(1, 5), 1);
  EXPECT_EQ(root["i"].number(), 3.0);
  EXPECT(!root["n"].given() && !root["n"].absent());
  EXPECT(root["z"].absent() && root["z"]["deeper"].absent());
  EXPECT_ERROR(ErrorCode::kCheckpoint, "f.json: a.b[1]: expected an integer from 1 to 5, received \"x\"",
               root["a"]["b"].items()[1].integer(1, 5));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "i: expected an integer from 4 to 5, received 3", root["i"].integer(4, 5));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "z: expected a string, received nothing", root["z"].string());
  EXPECT_ERROR(ErrorCode::kCheckpoint, "n: expected true or false, received null", root["n"].boolean());
  EXPECT_ERROR(ErrorCode::kCheckpoint, "a: expected an array, received an object", root["a"].items());
  EXPECT_ERROR(ErrorCode::kCheckpoint, "i: expected an object, received 3", root["i"]["b"]);
  EXPECT_ERROR(ErrorCode::kUnsupported, "a.b: expected \"silu\", received an array of 2",
               root["a"]["b"].fail_unsupported("\"silu\""));
}

TEST(what_cannot_be_seen_is_shown_as_an_escape) {
  EXPECT_ERROR(ErrorCode::kCheckpoint, "line 1, column 1: expected a value, received \"\\ufeff\"",
               srvau::parse_json("\xEF\xBB\xBF{}", "x"));
  EXPECT_EQ(srvau::visible_string("a\xC2\xA0" "b\xE2\x80\xAE" "c\x7F\n\xC3\xBC\xF0\x9F\x98\x80"),
            "\"a\\u00a0b\\u202ec\\u007f\\u000a\xC3\xBC\xF0\x9F\x98\x80\"");
}

SRVAU_TEST_MAIN()
