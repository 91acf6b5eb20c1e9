#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/safetensors.h"

namespace srvau {

/** What the header of a file says, checked: entries sorted by name, offsets counted from the start of the file. */
struct SafetensorsHeader {
  std::vector<TensorEntry> entries;
  std::map<std::string, std::string> metadata;
};

/** Checks the `bytes` bytes of a whole file. @throws as SafetensorsFile::open; `what` begins the messages. */
SafetensorsHeader parse_safetensors_header(const char* data, uint64_t bytes, const std::string& what);

}  // namespace srvau
