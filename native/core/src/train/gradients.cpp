#include "train/gradients.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>

namespace srvau {

Gradients::Gradients(const std::vector<Parameter>& parameters) : sums_(parameters.size()) {
  for (const auto& parameter : parameters) {
    parameters_.push_back(parameter.tensor);
    parameters_.back().set_requires_grad(true);
  }
}

Gradients::~Gradients() {
  clear();
  for (auto& parameter : parameters_) parameter.set_requires_grad(false);
}

void Gradients::collect() {
  at::NoGradGuard none;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    auto& gradient = parameters_[i].mutable_grad();
    if (!gradient.defined() || parameters_[i].scalar_type() == at::kFloat) continue;
    if (sums_[i].defined()) {
      sums_[i].add_(gradient);
    } else {
      sums_[i] = gradient.to(at::kFloat);
    }
    gradient.reset();
  }
}

std::vector<at::Tensor> Gradients::sums() const {
  std::vector<at::Tensor> all;
  all.reserve(parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i)
    all.push_back(parameters_[i].scalar_type() == at::kFloat ? parameters_[i].grad() : sums_[i]);
  return all;
}

void Gradients::clear() {
  for (auto& parameter : parameters_) parameter.mutable_grad().reset();
  std::fill(sums_.begin(), sums_.end(), at::Tensor());
}

void sum_over_ranks(std::vector<at::Tensor>& gradients, const std::vector<Parameter>& parameters, ProcessGroup& group,
                    const CancelPtr& cancel) {
  std::vector<int32_t> has_one;
  for (const auto& gradient : gradients) has_one.push_back(gradient.defined() ? 1 : 0);
  auto anywhere = at::tensor(has_one, at::kInt).to(group.device());
  group.all_reduce({anywhere}, Reduction::kMax, cancel);
  anywhere = anywhere.cpu();
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined() && anywhere.const_data_ptr<int32_t>()[i] != 0)
      gradients[i] = at::zeros_like(parameters[i].tensor, parameters[i].tensor.options().dtype(at::kFloat));
  }
  group.all_reduce(defined_of(gradients), Reduction::kSum, cancel);
}

double global_norm(const std::vector<at::Tensor>& gradients) {
  const auto defined = defined_of(gradients);
  if (defined.empty()) return 0;
  return at::stack(at::_foreach_norm(defined, 2)).to(at::kDouble).norm().item<double>();
}

std::vector<at::Tensor> defined_of(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> defined;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(defined),
               [](const at::Tensor& tensor) { return tensor.defined(); });
  return defined;
}

}  // namespace srvau
