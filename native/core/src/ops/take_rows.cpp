#include "ops/take_rows.h"

#include <torch/csrc/autograd/custom_function.h>

namespace srvau::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

class TakeRows : public torch::autograd::Function<TakeRows> {
 public:
  static Variable forward(AutogradContext* ctx, const Variable& x, const Variable& rows) {
    ctx->save_for_backward({rows});
    ctx->saved_data["rows_of_x"] = x.size(0);
    return x.index_select(0, rows);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    auto shape = grads[0].sizes().vec();
    shape[0] = ctx->saved_data["rows_of_x"].toInt();
    // Sorts by row and adds in that order.
    auto dx = at::zeros(shape, grads[0].options()).index_put_({ctx->get_saved_variables()[0]}, grads[0], true);
    return {dx, {}};
  }
};

}  // namespace

at::Tensor take_rows(const at::Tensor& x, const at::Tensor& rows) {
  return x.is_cpu() ? x.index_select(0, rows) : TakeRows::apply(x, rows);
}

}  // namespace srvau::ops
