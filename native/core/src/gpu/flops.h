#pragma once

#include <cstdint>

#include "config/model_config.h"

namespace srvau {

/**
 * Floating point operations of a training step on `sequences` texts of `tokens` tokens, all of them learned: the
 * products of matrices that its result needs and no others, two operations for a multiplication and addition. Norms,
 * softmax, the optimizer and whatever recomputing does twice are left out, which makes a reported share smaller.
 */
double training_flops(const TextConfig& config, int64_t sequences, int64_t tokens);

}  // namespace srvau
