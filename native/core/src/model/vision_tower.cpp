#include "model/vision_tower.h"

#include <algorithm>

#include "base/error.h"
#include "ops/attention.h"
#include "ops/recompute.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/swiglu.h"
#include "vision/windows.h"

namespace srvau {
namespace {

constexpr double kNormEps = 1e-6;
constexpr double kRopeTheta = 10000;

/** Angles of the 2-D rotary embedding: the first half of the frequencies turns with the row, the other with the column.
 */
ops::Rotation rotation_of(const at::Tensor& positions, int64_t head_dim) {
  const int64_t axis_dim = head_dim / 2;
  const auto exponents = at::arange(0, axis_dim, 2, at::kFloat) / static_cast<double>(axis_dim);
  const auto frequencies = at::pow(kRopeTheta, exponents).reciprocal();      // (head_dim / 4)
  const auto angles = positions.to(at::kFloat).unsqueeze(-1) * frequencies;  // (P, 2, head_dim / 4)
  return {angles.cos().flatten(1), angles.sin().flatten(1)};
}

std::vector<int64_t> lengths_of(const std::vector<int64_t>& cumulative) {
  std::vector<int64_t> lengths;
  for (size_t i = 1; i < cumulative.size(); ++i) lengths.push_back(cumulative[i] - cumulative[i - 1]);
  return lengths;
}

/** Moves whole tokens (`unit` patches each). x: (P, …) */
at::Tensor reorder(const at::Tensor& x, const at::Tensor& index, int64_t unit) {
  return x.view({-1, unit * x.size(1)}).index_select(0, index).view({x.size(0), x.size(1)});
}

}  // namespace

VisionTower::VisionTower(const VisionConfig& config, WeightSource& source) : config_(config) {
  const int64_t width = config.hidden_size, inner = config.intermediate_size;
  patch_embed_ = ops::Projection(
      source.table("visual.patch_embed.proj.weight",
                   {width, config.in_channels, config.temporal_patch_size, config.patch_size, config.patch_size}));
  for (int64_t i = 0; i < config.depth; ++i) {
    const auto at = c10::str("visual.blocks.", i, ".");
    Block block;
    block.norm1 = source.norm(at + "norm1.weight", width);
    block.norm2 = source.norm(at + "norm2.weight", width);
    block.qkv = source.projection({at + "attn.qkv"}, {3 * width}, width, true);
    block.proj = source.projection({at + "attn.proj"}, {width}, width, true);
    block.gate_up = source.projection({at + "mlp.gate_proj", at + "mlp.up_proj"}, {inner, inner}, width, true);
    block.down = source.projection({at + "mlp.down_proj"}, {width}, inner, true);
    blocks_.push_back(std::move(block));
  }
  const int64_t merged = width * config.merge_unit();
  merger_norm_ = source.norm("visual.merger.ln_q.weight", width);
  merger_in_ = source.projection({"visual.merger.mlp.0"}, {merged}, merged, true);
  merger_out_ = source.projection({"visual.merger.mlp.2"}, {config.out_hidden_size}, merged, true);
}

at::Tensor VisionTower::forward(const at::Tensor& pixels, const std::vector<Grid>& grids, bool recompute_blocks) const {
  int64_t patches = 0;
  for (const auto& grid : grids) patches += grid.patches();
  SRVAU_REQUIRE(pixels.dim() == 2 && pixels.size(0) == patches && pixels.size(1) == config_.patch_dim(),
                "pixels: expected (", patches, ", ", config_.patch_dim(), ") for the grids, received ", pixels.sizes());
  const auto device = merger_norm_.device();
  const int64_t unit = config_.merge_unit(), heads = config_.num_heads, head_dim = config_.head_dim();
  const auto windows = plan_windows(grids, config_);
  const auto order = windows.window_index.to(device);
  const auto within_windows = ops::AttentionPlan::of_lengths(lengths_of(windows.window_cu_seqlens), false, device);
  const auto within_frames = ops::AttentionPlan::of_lengths(lengths_of(windows.frame_cu_seqlens), false, device);
  const auto positions = vision_rope_positions(grids, config_.spatial_merge_size);  // (P, 2)
  const auto angles = rotation_of(reorder(positions, windows.window_index, unit), head_dim);
  const ops::Rotation rotation{angles.cos.to(device), angles.sin.to(device)};

  auto x = reorder(patch_embed_(pixels.to(merger_norm_.options())), order, unit);  // (P, width)
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const auto& full = config_.fullatt_block_indexes;
    const bool whole_frames = std::find(full.begin(), full.end(), static_cast<int64_t>(i)) != full.end();
    const auto layer = [&block = blocks_[i], rotation, heads, head_dim,
                        plan = whole_frames ? within_frames : within_windows](const at::Tensor& in) {
      const auto qkv = block.qkv(ops::rms_norm(in, block.norm1, kNormEps)).view({in.size(0), 3 * heads, head_dim});
      const auto attended = block.proj(ops::packed_attention(ops::rope(qkv, rotation, 2 * heads), heads, heads, plan));
      const auto [sum, normed] = ops::add_rms_norm(attended, in, block.norm2, kNormEps);
      return sum + block.down(ops::swiglu(block.gate_up(normed)));
    };
    x = recompute_blocks ? ops::recompute(layer, x) : layer(x);
  }
  const auto merged = ops::rms_norm(x, merger_norm_, kNormEps).view({patches / unit, unit * config_.hidden_size});
  return merger_out_(at::gelu(merger_in_(merged))).index_select(0, windows.reverse_index.to(device));
}

}  // namespace srvau
