#pragma once

// For tests: tests/reference/grpo.json, made by tools/oracle/grpo.py from TRL (README.md there).

#include <cmath>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/testing.h"
#include "config/json.h"

namespace srvau::testing {

inline const JsonValue& grpo_reference() {
  static const JsonValue document =
      parse_json(read_file(references() / "grpo.json", uint64_t{1} << 22), "grpo.json");
  return document;
}

/** Numbers of an array; null as NaN. */
inline std::vector<double> numbers(const JsonField& array) {
  std::vector<double> values;
  for (const auto& item : array.items()) values.push_back(item.given() ? item.number() : std::nan(""));
  return values;
}

}  // namespace srvau::testing
