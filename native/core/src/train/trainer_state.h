#pragma once

#include <string>

#include "train/sharded_adamw.h"

namespace srvau {

/**
 * Writes what an optimizer knows beyond the parameters into one safetensors file, which appears whole or not at all:
 * for each tensor NAME of a checkpoint `exp_avg.NAME`, `exp_avg_sq.NAME`, `step.NAME` and, for a bfloat16 model,
 * `master.NAME`, all float32. Together with the checkpoint of the same step it continues a training bit for bit.
 *
 * The ranks of a group save together: rank 0 writes the file, and fetches the parts of the others one tensor at a time.
 * The file is that of one process, so any number of ranks can go on from it. `path` counts on rank 0 only.
 *
 * @throws Error CHECKPOINT when the file system refuses; PROCESS_GROUP on the other ranks.
 */
void save_optimizer(const ShardedAdamW& optimizer, const std::string& path, const CancelPtr& cancel = nullptr);

/**
 * Reads it back. The model must have been loaded from the checkpoint of the same step. Nothing is changed unless all
 * fits. The ranks of a group load together, each its share of a file that all of them see.
 *
 * @throws Error CHECKPOINT: no such file, another format or version, tensors that are missing, unexpected or of another
 *   shape or dtype (counted, the first 8 named), parts of one parameter with different steps, masters that round to
 *   other weights than the model's. PROCESS_GROUP: that on another rank.
 */
void load_optimizer(ShardedAdamW& optimizer, const std::string& path, const CancelPtr& cancel = nullptr);

}  // namespace srvau
