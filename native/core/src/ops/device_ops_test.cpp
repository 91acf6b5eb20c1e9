// Each operator on the device of SRVAU_TEST_DEVICE against the same on the CPU: what CUDA has kernels of its own for.
#include <functional>

#include <torch/csrc/autograd/autograd.h>

#include "base/testing.h"
#include "ops/attention.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/swiglu.h"
#include "ops/take_rows.h"
#include "ops/token_logprobs.h"

using namespace srvau;
using at::Tensor;
using srvau::testing::device;

namespace {

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16};

double tolerance(at::ScalarType type) { return type == at::kFloat ? 5e-6 : 2e-2; }

Tensor draw(at::IntArrayRef shape, at::ScalarType type) { return at::randn(shape).to(type); }

/** Value and gradients on the device are those on the CPU in float. `op` is told where it is. */
void expect_same(const std::vector<Tensor>& inputs,
                 const std::function<Tensor(const std::vector<Tensor>&, at::Device)>& op, double allowed) {
  std::vector<Tensor> there, here;
  for (const auto& x : inputs) {
    there.push_back(x.to(device()).detach().clone().requires_grad_(true));
    here.push_back(x.to(at::kFloat).clone().requires_grad_(true));
  }
  const auto y = op(there, device()), wanted = op(here, at::kCPU);
  EXPECT_NEAR(y, wanted, allowed);
  const auto grad = at::randn(wanted.sizes());
  torch::autograd::backward({y}, {grad.to(y.options().requires_grad(false))});
  torch::autograd::backward({wanted}, {grad});
  for (size_t i = 0; i < inputs.size(); ++i) EXPECT_NEAR(there[i].grad(), here[i].grad(), allowed);
}

}  // namespace

TEST(norms) {
  for (const auto type : kTypes) {
    expect_same(
        {draw({37, 96}, type), draw({96}, type)},
        [](const auto& in, at::Device) { return ops::rms_norm(in[0], in[1], 1e-6); }, tolerance(type));
    expect_same(
        {draw({37, 96}, type), draw({37, 96}, type), draw({96}, type)},
        [](const auto& in, at::Device) {
          const auto [sum, y] = ops::add_rms_norm(in[0], in[1], in[2], 1e-6);
          return sum * 0.5 + y;
        },
        tolerance(type));
  }
}

TEST(swiglu_of_widths_that_do_and_do_not_fill_packs) {
  for (const auto type : kTypes) {
    for (const int64_t width : {5, 64})
      expect_same(
          {draw({33, 2 * width}, type)}, [](const auto& in, at::Device) { return ops::swiglu(in[0]); },
          tolerance(type));
  }
}

TEST(turns) {
  const auto angles = at::randn({19, 8});
  for (const auto type : kTypes) {
    expect_same(
        {draw({19, 5, 16}, type)},
        [&](const auto& in, at::Device where) {
          return ops::rope(in[0], {angles.cos().to(where), angles.sin().to(where)}, 3);
        },
        tolerance(type));
  }
}

TEST(attention_with_shared_prompts_and_without) {
  const std::vector<ops::Segment> groups{{0, 6}, {6, 2}, {8, 3, 1}, {11, 4}, {15, 2, 3}, {17, 1, 3}, {18, 2, 3}};
  for (const auto type : kTypes) {
    expect_same(
        {draw({20, 4 + 2 * 2, 16}, type)},
        [&](const auto& in, at::Device where) {
          return ops::packed_attention(in[0], 4, 2, ops::AttentionPlan::make(groups, true, where));
        },
        tolerance(type));
    // As the vision tower attends; 80 is the head of the published one.
    expect_same(
        {draw({100, 3 * 2, 80}, type)},
        [&](const auto& in, at::Device where) {
          return ops::packed_attention(in[0], 2, 2, ops::AttentionPlan::of_lengths({64, 16, 20}, false, where));
        },
        tolerance(type));
  }
}

TEST(gradients_of_attention_are_the_same_from_run_to_run) {
  const std::vector<ops::Segment> groups{{0, 300}, {300, 200, 0}, {500, 200, 0}, {700, 150, 0}};
  const auto qkv = draw({850, 4 + 2 * 2, 16}, at::kBFloat16).to(device());
  const auto grad = at::randn({850, 64}, qkv.options());
  const auto gradient = [&] {
    const auto leaf = qkv.clone().requires_grad_(true);
    torch::autograd::backward({ops::packed_attention(leaf, 4, 2, ops::AttentionPlan::make(groups, true, device()))},
                              {grad});
    return leaf.grad();
  };
  EXPECT(at::equal(gradient(), gradient()));
}

TEST(rows_taken_more_than_once) {
  const auto rows = at::tensor({3, 1, 3, 3, 0, 6}, at::kLong);
  for (const auto type : kTypes) {
    expect_same(
        {draw({7, 12}, type)}, [&](const auto& in, at::Device where) { return ops::take_rows(in[0], rows.to(where)); },
        tolerance(type));
  }
}

TEST(log_probabilities_of_tokens_in_one_chunk_and_in_several) {
  const auto targets = at::randint(2, 300, {41}, at::kLong);
  for (const auto type : kTypes) {
    for (const int64_t chunk_bytes : {0, 300 * 4 * 10}) {
      expect_same(
          {draw({41, 24}, type), draw({300, 24}, type) * 0.3},
          [&](const auto& in, at::Device where) {
            return ops::token_logprobs(in[0], in[1], targets.to(where),
                                       {.temperature = 0.8, .suppressed = {0, 1}, .chunk_bytes = chunk_bytes})
                .logprobs;
          },
          tolerance(type));
    }
  }
}

SRVAU_TEST_MAIN()
