#include "gpu/flops.h"

namespace srvau {

double training_flops(const TextConfig& config, int64_t sequences, int64_t tokens) {
  const double width = static_cast<double>(config.hidden_size), inner = static_cast<double>(config.intermediate_size);
  const double kv = static_cast<double>(config.num_key_value_heads * config.head_dim());
  const double rows = static_cast<double>(tokens);
  const double layer = 2 * rows * width * (2 * width + 2 * kv + 3 * inner)  // projections
                       + 2 * 2 * width * rows * (rows + 1) / 2;             // token i looks at i keys and values
  const double forward =
      static_cast<double>(config.num_hidden_layers) * layer + 2 * rows * width * static_cast<double>(config.vocab_size);
  // A product in the forward pass is two in the backward pass.
  return 3 * static_cast<double>(sequences) * forward;
}

}  // namespace srvau
