#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "config/model_config.h"
#include "model/weights.h"
#include "ops/projection.h"
#include "vision/grid.h"

namespace srvau {

/** The vision tower of Qwen2.5-VL: patches to tokens of the text decoder. */
class VisionTower {
 public:
  VisionTower(const VisionConfig& config, WeightSource& source);

  /**
   * @param pixels (P, patch_dim) of all images and videos, one after the other, in any float type
   * @param grids theirs
   * @param recompute_blocks keep no intermediate values for the backward pass, compute them again
   * @return (P / merge², out_hidden_size), in the order of the patches
   */
  at::Tensor forward(const at::Tensor& pixels, const std::vector<Grid>& grids, bool recompute_blocks) const;

 private:
  struct Block {
    at::Tensor norm1, norm2;
    ops::Projection qkv, proj, gate_up, down;
  };

  VisionConfig config_;
  ops::Projection patch_embed_;
  std::vector<Block> blocks_;
  at::Tensor merger_norm_;
  ops::Projection merger_in_, merger_out_;
};

}  // namespace srvau
