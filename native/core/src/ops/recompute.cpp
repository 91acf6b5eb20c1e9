#include "ops/recompute.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

namespace srvau::ops {
namespace {

using torch::autograd::variable_list;

class RecomputeBackward : public torch::autograd::Node {
 public:
  RecomputeBackward(Layer layer, const at::Tensor& input, torch::autograd::edge_list&& edges)
      : Node(std::move(edges)), layer_(std::move(layer)), input_(input, /*is_output=*/false) {}

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return {at::Tensor()};
    at::AutoGradMode enabled(true);
    const auto input = input_.unpack().detach().requires_grad_(true);
    const auto output = layer_(input);
    torch::autograd::backward({output}, {grads[0]});
    return {input.grad()};
  }

  void release_variables() override { input_.reset_data(); }

 private:
  Layer layer_;
  torch::autograd::SavedVariable input_;
};

}  // namespace

at::Tensor recompute(const Layer& layer, const at::Tensor& input) {
  if (!at::GradMode::is_enabled()) return layer(input);
  at::Tensor output;
  {
    at::NoGradGuard none;
    output = layer(input);
  }
  // Parameters inside want gradients even where the input does not: an input that leads nowhere still gets a node.
  const auto source = input.requires_grad() ? input : input.detach().requires_grad_(true);
  const auto node =
      c10::make_intrusive<RecomputeBackward>(layer, input.detach(), torch::autograd::collect_next_edges(source));
  torch::autograd::set_history(output, node);
  return output;
}

}  // namespace srvau::ops
