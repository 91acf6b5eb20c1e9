// Every operator against the same mathematics written with libtorch's own differentiable operators in double.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include "base/testing.h"
#include "ops/attention.h"
#include "ops/projection.h"
#include "ops/recompute.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/swiglu.h"
#include "ops/token_logprobs.h"

using namespace srvau;
using at::Tensor;

namespace {

Tensor draw(at::IntArrayRef shape, uint64_t seed, at::ScalarType type = at::kFloat) {
  auto generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  generator.set_current_seed(seed);
  return at::randn(shape, generator, at::kFloat).to(type);
}

Tensor leaf(const Tensor& x) { return x.detach().clone().requires_grad_(true); }

/** Tolerance of one operator: rounding of the type, relative to the largest value. */
double tolerance(at::ScalarType type) { return type == at::kFloat ? 2e-6 : 2e-2; }

/** Compares value and gradients of `ours` with `theirs`, which gets the same inputs in double. */
void expect_same(const std::vector<Tensor>& inputs, const std::function<Tensor(const std::vector<Tensor>&)>& ours,
                 const std::function<Tensor(const std::vector<Tensor>&)>& theirs, double allowed) {
  std::vector<Tensor> a, b;
  for (const auto& x : inputs) {
    a.push_back(leaf(x));
    b.push_back(leaf(x.to(at::kDouble)));
  }
  const auto x = ours(a), y = theirs(b);
  EXPECT_NEAR(x, y, allowed);
  const auto weight = draw(y.sizes(), 99, at::kDouble);
  torch::autograd::backward({x}, {weight.to(x.scalar_type())});
  torch::autograd::backward({y}, {weight});
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i].grad(), b[i].grad(), allowed);
}

Tensor norm_reference(const Tensor& x, const Tensor& weight, double eps) {
  return weight * x * at::rsqrt(x.square().mean(-1, true) + eps);
}

Tensor rotate_reference(const Tensor& x, const ops::Rotation& r, int64_t rotated) {
  const auto c = at::cat({r.cos, r.cos}, -1).to(x.scalar_type()).unsqueeze(1);
  const auto s = at::cat({r.sin, r.sin}, -1).to(x.scalar_type()).unsqueeze(1);
  const auto head = x.narrow(1, 0, rotated);
  const auto halves = head.chunk(2, -1);
  return at::cat({head * c + at::cat({-halves[1], halves[0]}, -1) * s, x.narrow(1, rotated, x.size(1) - rotated)}, 1);
}

/** One run at a time, with an explicit mask. */
Tensor attention_reference(const Tensor& qkv, int64_t heads, int64_t kv_heads, const ops::AttentionPlan& plan) {
  const int64_t d = qkv.size(2);
  const auto q = qkv.narrow(1, 0, heads).transpose(0, 1);
  const auto k = qkv.narrow(1, heads, kv_heads).repeat_interleave(heads / kv_heads, 1).transpose(0, 1);
  const auto v = qkv.narrow(1, heads + kv_heads, kv_heads).repeat_interleave(heads / kv_heads, 1).transpose(0, 1);
  const auto mask = at::full({plan.tokens(), plan.tokens()}, -INFINITY, qkv.options());
  for (const auto& s : plan.segments()) {
    const auto own = mask.narrow(0, s.start, s.length);
    const auto block = at::zeros({s.length, s.length}, mask.options());
    own.narrow(1, s.start, s.length)
        .copy_(plan.causal() ? block.masked_fill(at::ones({s.length, s.length}, at::kBool).triu(1), -INFINITY) : block);
    if (s.prefix >= 0) own.narrow(1, plan.segments()[s.prefix].start, plan.segments()[s.prefix].length).zero_();
  }
  const auto p = (at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(d)) + mask).softmax(-1);
  return at::matmul(p, v).transpose(0, 1).reshape({plan.tokens(), heads * d});
}

}  // namespace

TEST(rms_norm) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {3, 7, 16, 33, 96}) {
      expect_same(
          {draw({11, width}, 1, type), draw({width}, 2, type)},
          [](const auto& x) { return ops::rms_norm(x[0], x[1], 1e-6); },
          [](const auto& x) { return norm_reference(x[0], x[1], 1e-6); }, tolerance(type));
    }
  }
}

TEST(add_rms_norm_with_both_results_used_and_only_one) {
  const std::vector<Tensor> inputs{draw({9, 40}, 1), draw({9, 40}, 2), draw({40}, 3)};
  expect_same(
      inputs,
      [](const auto& x) {
        const auto [sum, y] = ops::add_rms_norm(x[0], x[1], x[2], 1e-5);
        return at::cat({sum * 2, y}, 1);
      },
      [](const auto& x) {
        return at::cat({(x[0] + x[1]) * 2, norm_reference(x[0] + x[1], x[2], 1e-5)}, 1);
      },
      2e-6);
  expect_same(
      inputs, [](const auto& x) { return ops::add_rms_norm(x[0], x[1], x[2], 1e-5).second; },
      [](const auto& x) { return norm_reference(x[0] + x[1], x[2], 1e-5); }, 2e-6);
  expect_same(
      {inputs[0], inputs[1]}, [&](const auto& x) { return ops::add_rms_norm(x[0], x[1], inputs[2], 1e-5).first; },
      [](const auto& x) { return x[0] + x[1]; }, 2e-6);
}

TEST(swiglu) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    expect_same(
        {draw({13, 2 * 37}, 1, type) * 3}, [](const auto& x) { return ops::swiglu(x[0]); },
        [](const auto& x) {
          const auto parts = x[0].chunk(2, -1);
          return parts[0] * parts[0].sigmoid() * parts[1];
        },
        tolerance(type));
  }
}

TEST(rope_turns_queries_and_keys_and_leaves_values) {
  const auto angle = draw({6, 10}, 5) * 4;
  const ops::Rotation r{angle.cos(), angle.sin()};
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    expect_same(
        {draw({6, 5, 20}, 1, type)}, [&](const auto& x) { return ops::rope(x[0], r, 3); },
        [&](const auto& x) { return rotate_reference(x[0], r, 3); }, tolerance(type));
  }
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "angles (T, head_dim/2)", ops::rope(draw({5, 5, 20}, 1), r, 3));
}

TEST(attention_over_runs_of_many_shapes) {
  using ops::Segment;
  const std::vector<std::vector<Segment>> layouts{
      {{0, 7}},
      {{0, 5}, {5, 5}, {10, 5}},
      {{0, 3}, {3, 70}, {73, 3}, {76, 1}},
      // Two prompts, each with completions of its own; one as long as another's.
      {{0, 9}, {9, 4, 0}, {13, 1, 0}, {14, 4, 0}, {18, 6}, {24, 4, 4}},
      // More queries than are scored at once, beside fewer.
      {{0, 40}, {40, 33, 0}, {73, 32, 0}, {105, 65}},
  };
  for (const auto& segments : layouts) {
    for (const int64_t kv_heads : {4, 2, 1}) {
      const auto plan = ops::AttentionPlan::make(segments, true, at::kCPU);
      expect_same(
          {draw({plan->tokens(), 4 + 2 * kv_heads, 8}, 3)},
          [&](const auto& x) { return ops::packed_attention(x[0], 4, kv_heads, plan); },
          [&](const auto& x) { return attention_reference(x[0], 4, kv_heads, *plan); }, 4e-6);
    }
  }
  const auto full = ops::AttentionPlan::of_lengths({4, 9, 4, 50}, false, at::kCPU);
  for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    for (const int64_t head_dim : {5, 16, 20, 80, 128}) {
      expect_same(
          {draw({67, 6, head_dim}, 3, type)}, [&](const auto& x) { return ops::packed_attention(x[0], 2, 2, full); },
          [&](const auto& x) { return attention_reference(x[0], 2, 2, *full); }, tolerance(type));
    }
  }
}

TEST(attention_plans_refuse_gaps_overlaps_and_bad_prefixes) {
  const auto make = [](std::vector<ops::Segment> s) { ops::AttentionPlan::make(std::move(s), true, at::kCPU); };
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "where 3 was next", make({{0, 3}, {4, 2}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "where 3 was next", make({{0, 3}, {2, 2}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "a run of 0", make({{0, 0}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "segments[1].prefix", make({{0, 3}, {3, 2, 1}}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "segments[2].prefix", make({{0, 3}, {3, 2, 0}, {5, 1, 1}}));
}

TEST(token_logprobs_in_one_chunk_and_in_many) {
  const auto targets = at::tensor({3, 0, 12, 12, 7, 1, 30}, at::kLong);
  const auto reference = [&](const auto& x) {
    auto logits = at::mm(x[0], x[1].t()) / 0.7;
    logits = logits.index_fill(1, at::tensor({5, 9}, at::kLong), -INFINITY);
    return logits.log_softmax(-1).gather(1, targets.unsqueeze(1)).squeeze(1);
  };
  for (const int64_t bytes : {int64_t{1} << 20, int64_t{1}, int64_t{3 * 31 * 4}}) {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      expect_same(
          {draw({7, 24}, 1, type), draw({31, 24}, 2, type)},
          [&](const auto& x) {
            return ops::token_logprobs(x[0], x[1], targets, {0.7, {5, 9}, bytes}).logprobs;
          },
          reference, type == at::kFloat ? 3e-6 : 5e-2);
    }
  }
  const auto h = draw({7, 24}, 1), head = draw({31, 24}, 2);
  const auto p = (at::mm(h, head.t())).softmax(-1);
  EXPECT_NEAR(ops::token_logprobs(h, head, targets, {}).entropy, -(p * p.log()).sum(-1), 1e-5);
  EXPECT_EQ(ops::token_logprobs(h.narrow(0, 0, 0), head, targets.narrow(0, 0, 0), {}).logprobs.numel(), 0);
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "from 0 to 30, received 31", ops::token_logprobs(h, head, targets + 1, {}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "received 12, which is suppressed",
               ops::token_logprobs(h, head, targets, {1, {12}}));
}

TEST(recompute_gives_the_gradients_of_the_plain_run) {
  const auto w = draw({6, 6}, 1), x = draw({4, 6}, 2);
  const auto run = [](const ops::Layer& layer, const Tensor& in, bool again) {
    return again ? ops::recompute(layer, in) : layer(in);
  };
  for (const bool input_wants_gradient : {true, false}) {
    std::vector<Tensor> grads;
    for (const bool again : {false, true}) {
      const auto weight = leaf(w);
      const auto input = input_wants_gradient ? leaf(x) : x.clone();
      const ops::Layer layer = [&](const Tensor& v) { return at::tanh(at::linear(v, weight)); };
      auto y = run(layer, run(layer, input, again), again);
      torch::autograd::backward({(y * y).sum()});
      grads.push_back(weight.grad());
      if (input_wants_gradient) grads.push_back(input.grad());
    }
    const size_t half = grads.size() / 2;
    for (size_t i = 0; i < half; ++i) EXPECT(at::equal(grads[i], grads[half + i]));
  }
}

TEST(projections_in_parts_give_what_one_does) {
  const auto x = draw({5, 8}, 1), a = draw({4, 8}, 2), b = draw({3, 8}, 3), bias = draw({7}, 4);
  const ops::Projection one(at::cat({a, b}), bias), parts({a, b}, {bias.narrow(0, 0, 4), bias.narrow(0, 4, 3)});
  EXPECT_NEAR(parts(x), one(x), 1e-6);
}

TEST(the_same_number_of_threads_gives_the_same_bits) {
  const auto x = draw({301, 48}, 1), w = draw({48}, 2);
  std::vector<Tensor> grads;
  for (int i = 0; i < 2; ++i) {
    const auto weight = leaf(w);
    torch::autograd::backward({ops::rms_norm(x, weight, 1e-6).square().sum()});
    grads.push_back(weight.grad());
  }
  EXPECT(at::equal(grads[0], grads[1]));
}

SRVAU_TEST_MAIN()
