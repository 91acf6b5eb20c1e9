#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "checkpoint/checkpoint.h"
#include "config/model_config.h"
#include "model/parameters.h"
#include "ops/projection.h"

namespace srvau {

/**
 * Where a model's weights come from while it is built. Asked for each layer once, in a fixed order, so that random
 * weights depend on the seed alone.
 */
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  /** A linear layer whose rows are those of `parts` (names without ".weight"), one below the other. */
  virtual ops::Projection projection(const std::vector<std::string>& parts, const std::vector<int64_t>& rows,
                                     int64_t columns, bool bias) = 0;
  /** A table (rows, columns): embeddings and the untied head. `shape` is that of the checkpoint. */
  virtual at::Tensor table(const std::string& name, const std::vector<int64_t>& shape) = 0;
  /** The weight of a norm. */
  virtual at::Tensor norm(const std::string& name, int64_t width) = 0;
};

/** What is owned by the model and may be trained: reads a checkpoint into tensors of its own, or draws them. */
class OwnedWeights : public WeightSource {
 public:
  /** Fills `target` with the values of the checkpoint tensor `name`. */
  using Fill = std::function<void(const std::string& name, const at::Tensor& target)>;

  OwnedWeights(Fill fill, at::ScalarType dtype, at::Device device)
      : fill_(std::move(fill)), options_(at::device(device).dtype(dtype)) {}
  ops::Projection projection(const std::vector<std::string>& parts, const std::vector<int64_t>& rows, int64_t columns,
                             bool bias) override;
  at::Tensor table(const std::string& name, const std::vector<int64_t>& shape) override;
  at::Tensor norm(const std::string& name, int64_t width) override;

  std::vector<Parameter> take_parameters() { return std::move(parameters_); }

 private:
  at::Tensor add(std::vector<ParameterSlice> slices, std::vector<int64_t> shape, bool decays);

  Fill fill_;
  at::TensorOptions options_;
  std::vector<Parameter> parameters_;
};

/** Read-only weights where they lie in the checkpoint's memory mapping: pages are shared and read when first used. */
class MappedWeights : public WeightSource {
 public:
  explicit MappedWeights(std::shared_ptr<const Checkpoint> checkpoint) : checkpoint_(std::move(checkpoint)) {}
  ops::Projection projection(const std::vector<std::string>& parts, const std::vector<int64_t>& rows, int64_t columns,
                             bool bias) override;
  at::Tensor table(const std::string& name, const std::vector<int64_t>& shape) override;
  at::Tensor norm(const std::string& name, int64_t width) override;

 private:
  std::shared_ptr<const Checkpoint> checkpoint_;
};

}  // namespace srvau
