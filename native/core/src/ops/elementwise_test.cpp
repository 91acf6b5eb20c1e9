// The arithmetic of the kernels for CUDA, on the CPU, against libtorch's operators in double.
#include "ops/elementwise.h"

#include <torch/csrc/autograd/autograd.h>

#include "base/testing.h"

using namespace srvau;

TEST(swiglu_and_its_gradient) {
  const auto gate = at::linspace(-30, 30, 601), up = at::randn({601}), grad = at::randn({601});
  const auto g = gate.to(at::kDouble).requires_grad_(true), u = up.to(at::kDouble).requires_grad_(true);
  const auto y = at::silu(g) * u;
  torch::autograd::backward({y}, {grad.to(at::kDouble)});
  const auto value = at::empty({601}), dgate = at::empty({601}), dup = at::empty({601});
  for (int64_t i = 0; i < 601; ++i) {
    const auto x = gate[i].item<float>(), z = up[i].item<float>();
    value[i] = ops::elementwise::swiglu(x, z);
    const auto d = ops::elementwise::swiglu_backward(grad[i].item<float>(), x, z);
    dgate[i] = d.gate;
    dup[i] = d.up;
  }
  EXPECT_NEAR(value, y, 1e-6);
  EXPECT_NEAR(dgate, g.grad(), 1e-6);
  EXPECT_NEAR(dup, u.grad(), 1e-6);
}

TEST(a_turn_and_its_way_back) {
  for (float angle = -7; angle < 7; angle += 0.3F) {
    const auto turned = ops::elementwise::rotate(0.6F, -1.3F, std::cos(angle), std::sin(angle));
    // As of complex numbers.
    EXPECT(std::abs(turned.first - (0.6F * std::cos(angle) + 1.3F * std::sin(angle))) < 1e-6);
    EXPECT(std::abs(turned.second - (0.6F * std::sin(angle) - 1.3F * std::cos(angle))) < 1e-6);
    const auto back = ops::elementwise::rotate(turned.first, turned.second, std::cos(angle), -std::sin(angle));
    EXPECT(std::abs(back.first - 0.6F) < 1e-6 && std::abs(back.second + 1.3F) < 1e-6);
  }
}

SRVAU_TEST_MAIN()
