#include "checkpoint/tensor_check.h"

#include <algorithm>

#include "checkpoint/parameters.h"

namespace srvau {
namespace {

// "; 9 missing: a, b, ... and 1 more", or nothing.
std::string listed(const char* kind, const std::vector<std::string>& names) {
  constexpr size_t most = 8;
  if (names.empty()) return "";
  auto text = c10::str("; ", names.size(), " ", kind, ": ");
  for (size_t i = 0; i < std::min(most, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > most) text += c10::str(" and ", names.size() - most, " more");
  return text;
}

}  // namespace

TensorCheck::TensorCheck(const ModelConfig& config) : tied_(config.tie_word_embeddings) {
  for (auto& spec : expected_tensors(config)) missing_.emplace(std::move(spec.name), std::move(spec.shape));
}

void TensorCheck::add(const std::string& name, at::IntArrayRef shape, at::ScalarType dtype) {
  const auto wanted = missing_.find(name);
  if (wanted == missing_.end()) {
    if (!tied_ || name != "lm_head.weight") unexpected_.push_back(name);
    return;
  }
  if (shape != at::IntArrayRef(wanted->second) || !at::isFloatingType(dtype)) {
    different_.push_back(
        c10::str(name, " (expected floats ", at::IntArrayRef(wanted->second), ", received ", dtype, " ", shape, ")"));
  }
  missing_.erase(wanted);
}

void TensorCheck::finish(ErrorCode code, const std::string& what) const {
  if (missing_.empty() && unexpected_.empty() && different_.empty()) return;
  std::vector<std::string> missing;
  for (const auto& [name, shape] : missing_) missing.push_back(name);
  fail(code, what, ": expected the tensors of the configuration", listed("missing", missing),
       listed("unexpected", unexpected_), listed("of another shape or kind", different_));
}

}  // namespace srvau
