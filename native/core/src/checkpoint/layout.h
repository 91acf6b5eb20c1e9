#pragma once

namespace srvau {

// Names of the weight files of a Hugging Face directory.
inline constexpr const char* kSingleFile = "model.safetensors";
inline constexpr const char* kIndexFile = "model.safetensors.index.json";
inline constexpr const char* kConfigFile = "config.json";

}  // namespace srvau
