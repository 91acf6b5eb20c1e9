#pragma once

#include <string>

#include "train/optimizer.h"

namespace srvau {

/**
 * Writes what an optimizer knows beyond the parameters into one safetensors file, which appears whole or not at all:
 * for each tensor NAME of a checkpoint `exp_avg.NAME`, `exp_avg_sq.NAME`, `step.NAME` and, for a bfloat16 model,
 * `master.NAME`, all float32. Together with the checkpoint of the same step it continues a training bit for bit.
 *
 * @throws Error CHECKPOINT when the file system refuses.
 */
void save_optimizer(const AdamW& optimizer, const std::string& path);

/**
 * Reads it back. The model must have been loaded from the checkpoint of the same step. Nothing is changed unless all
 * fits.
 *
 * @throws Error CHECKPOINT: no such file, another format or version, tensors that are missing, unexpected or of another
 *   shape or dtype (counted, the first 8 named), parts of one parameter with different steps, masters that round to
 *   other weights than the model's.
 */
void load_optimizer(AdamW& optimizer, const std::string& path);

}  // namespace srvau
