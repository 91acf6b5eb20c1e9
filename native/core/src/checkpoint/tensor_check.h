#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/error.h"
#include "config/model_config.h"

namespace srvau {

/** Compares the tensors it is shown with those a configuration has. */
class TensorCheck {
 public:
  explicit TensorCheck(const ModelConfig& config);
  void add(const std::string& name, at::IntArrayRef shape, at::ScalarType dtype);
  /** @throws Error `code` when anything is missing, unexpected or of another shape or kind; `what` begins the message.
   */
  void finish(ErrorCode code, const std::string& what) const;

 private:
  std::map<std::string, std::vector<int64_t>> missing_;
  std::vector<std::string> unexpected_;
  std::vector<std::string> different_;
  bool tied_;
};

}  // namespace srvau
