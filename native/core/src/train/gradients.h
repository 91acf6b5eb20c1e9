#pragma once

#include <functional>
#include <vector>

#include <ATen/ATen.h>

#include "model/parameters.h"

namespace srvau {

/**
 * Sums gradients over processes, in place: one for each trained parameter, in their order, undefined where this process
 * has none. On return they are the same in all processes and undefined only where no process had one.
 */
using GradientReducer = std::function<void(std::vector<at::Tensor>& gradients)>;

/**
 * The gradients of one optimizer step, in float. Those of float parameters add up where autograd leaves them; those of
 * bfloat16 ones are moved here after each backward pass, so that many small parts are not lost in rounding.
 */
class Gradients {
 public:
  /** Makes the parameters require gradients for as long as this lives. */
  explicit Gradients(const std::vector<Parameter>& parameters);
  ~Gradients();
  Gradients(const Gradients&) = delete;
  Gradients& operator=(const Gradients&) = delete;

  /** To be called after each backward pass. */
  void collect();
  /** In the order of the parameters; undefined where none came. */
  std::vector<at::Tensor> sums() const;
  void clear();

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> sums_;  // of low-precision parameters
};

/** Square root of the sum of the squares of all that are defined; not finite where one of them is not. */
double global_norm(const std::vector<at::Tensor>& gradients);

/** Those that are defined. */
std::vector<at::Tensor> defined_of(const std::vector<at::Tensor>& tensors);

}  // namespace srvau
