#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "distributed/process_group.h"
#include "model/parameters.h"

namespace srvau {

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

/**
 * Adds up those of all ranks, in place; on return they are equal bit for bit on all of them, and undefined only where
 * no rank had one.
 * @param gradients one for each of `parameters`, in float
 */
void sum_over_ranks(std::vector<at::Tensor>& gradients, const std::vector<Parameter>& parameters, ProcessGroup& group,
                    const CancelPtr& cancel = nullptr);

/** Square root of the sum of the squares of all that are defined; not finite where one of them is not. */
double global_norm(const std::vector<at::Tensor>& gradients);

/** Those that are defined. */
std::vector<at::Tensor> defined_of(const std::vector<at::Tensor>& tensors);

}  // namespace srvau
