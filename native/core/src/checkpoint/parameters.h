#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/model_config.h"

namespace srvau {

/** A parameter of the model: its canonical name and its shape. */
struct ParameterSpec {
  std::string name;
  std::vector<int64_t> shape;
};

/**
 * All parameters of that configuration, sorted by name. lm_head.weight is one of them only when it is not tied to the
 * token embedding.
 */
std::vector<ParameterSpec> expected_tensors(const ModelConfig& config);

/**
 * The one form in which this library knows names, that of the published checkpoints, which all releases of transformers
 * read and write: visual.*, model.layers.*, model.embed_tokens.weight, model.norm.weight, lm_head.weight. The module
 * names of newer releases (model.visual.*, model.language_model.*) come out as these; any other name as it is.
 */
std::string canonical_name(std::string_view name);

}  // namespace srvau
