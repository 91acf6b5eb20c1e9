#include "model/weights.h"

#include <numeric>

namespace srvau {
namespace {

std::vector<int64_t> flat(const std::vector<int64_t>& shape) {
  return {shape[0], std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>())};
}

}  // namespace

at::Tensor OwnedWeights::add(std::vector<ParameterSlice> slices, std::vector<int64_t> shape, bool decays) {
  const auto tensor = at::empty(shape, options_);
  for (const auto& slice : slices) fill_(slice.name, Parameter::view(tensor, slice));
  const bool is_vision = slices.front().name.starts_with("visual.");
  parameters_.push_back({std::move(slices), tensor, is_vision, decays});
  return tensor;
}

ops::Projection OwnedWeights::projection(const std::vector<std::string>& parts, const std::vector<int64_t>& rows,
                                         int64_t columns, bool bias) {
  std::vector<ParameterSlice> weights, biases;
  int64_t row = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    weights.push_back({parts[i] + ".weight", row, rows[i], {rows[i], columns}});
    biases.push_back({parts[i] + ".bias", row, rows[i], {rows[i]}});
    row += rows[i];
  }
  const auto weight = add(std::move(weights), {row, columns}, true);
  return ops::Projection(weight, bias ? add(std::move(biases), {row}, false) : at::Tensor());
}

at::Tensor OwnedWeights::table(const std::string& name, const std::vector<int64_t>& shape) {
  return add({{name, 0, shape[0], shape}}, flat(shape), true);
}

at::Tensor OwnedWeights::norm(const std::string& name, int64_t width) {
  return add({{name, 0, width, {width}}}, {width}, false);
}

ops::Projection MappedWeights::projection(const std::vector<std::string>& parts, const std::vector<int64_t>&, int64_t,
                                          bool bias) {
  std::vector<at::Tensor> weights, biases;
  for (const auto& part : parts) {
    weights.push_back(checkpoint_->tensor(part + ".weight"));
    biases.push_back(bias ? checkpoint_->tensor(part + ".bias") : at::Tensor());
  }
  return {std::move(weights), std::move(biases)};
}

at::Tensor MappedWeights::table(const std::string& name, const std::vector<int64_t>& shape) {
  return checkpoint_->tensor(name).view(flat(shape));
}

at::Tensor MappedWeights::norm(const std::string& name, int64_t) { return checkpoint_->tensor(name); }

}  // namespace srvau
