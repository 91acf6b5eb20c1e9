#pragma once

// For tests: requests made from the committed references.

#include <utility>
#include <vector>

#include "generate/generate.h"
#include "model/reference.h"

namespace srvau::testing {

/** A prompt of each sequence of a reference, cut after its last clip. */
inline std::vector<GenerateRequest> requests_of(const Reference& reference, std::vector<uint64_t> seeds) {
  std::vector<GenerateRequest> requests;
  for (const auto& sequence : reference.sequences()) {
    auto prompt = sequence.prompt;
    size_t length = prompt.ids.size();
    while (length > 2 && sequence.weights[length - 1] > 0) --length;
    prompt.ids.resize(length);
    requests.push_back({prompt, seeds});
  }
  return requests;
}

}  // namespace srvau::testing
