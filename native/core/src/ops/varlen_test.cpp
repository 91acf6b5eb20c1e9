#include "ops/varlen.h"

#include <algorithm>
#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "base/testing.h"

using namespace srvau;
using at::Tensor;

namespace {

/** What a kernel for sequences of different lengths is to compute from offsets, with its causal mask at the end. */
Tensor attend_by_offsets(const Tensor& q, const Tensor& k, const Tensor& v, const ops::Varlen& varlen, bool causal) {
  const auto queries = varlen.query_offsets().accessor<int, 1>(), keys = varlen.key_offsets().accessor<int, 1>();
  const int64_t group = q.size(1) / k.size(1);
  std::vector<Tensor> outputs;
  for (int64_t i = 0; i + 1 < queries.size(0); ++i) {
    const int64_t m = queries[i + 1] - queries[i], n = keys[i + 1] - keys[i];
    EXPECT(m <= varlen.longest_queries() && n <= varlen.longest_keys());
    const auto own_q = q.narrow(0, queries[i], m).transpose(0, 1);  // (heads, m, head_dim)
    const auto own_k = k.narrow(0, keys[i], n).repeat_interleave(group, 1).transpose(0, 1);
    const auto own_v = v.narrow(0, keys[i], n).repeat_interleave(group, 1).transpose(0, 1);
    auto scores = at::matmul(own_q, own_k.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
    if (causal) scores = scores.masked_fill(at::ones({m, n}, at::kBool).triu(n - m + 1), -INFINITY);
    outputs.push_back(at::matmul(scores.softmax(-1), own_v).transpose(0, 1));
  }
  return at::cat(outputs).flatten(1);
}

const std::vector<std::vector<ops::Segment>>& plans() {
  static const std::vector<std::vector<ops::Segment>> all{
      {{0, 7}},
      {{0, 3}, {3, 1}, {4, 5}},
      // Two prompts with two readers each.
      {{0, 4}, {4, 2, 0}, {6, 3, 0}, {9, 5}, {14, 1, 3}, {15, 1, 3}},
      // One that nobody reads, one with a single reader, one with three.
      {{0, 6}, {6, 2}, {8, 3, 1}, {11, 4}, {15, 2, 3}, {17, 1, 3}, {18, 2, 3}},
  };
  return all;
}

int64_t tokens_of(const std::vector<ops::Segment>& segments) {
  int64_t sum = 0;
  for (const auto& segment : segments) sum += segment.length;
  return sum;
}

}  // namespace

TEST(its_offsets_describe_what_packed_attention_computes) {
  for (const auto& segments : plans()) {
    const bool shared = std::any_of(segments.begin(), segments.end(), [](const auto& s) { return s.prefix >= 0; });
    for (const bool causal : {true, false}) {
      if (shared && !causal) continue;  // nobody has both
      const auto qkv = at::randn({tokens_of(segments), 4 + 2 * 2, 8});
      const ops::Varlen varlen(segments, qkv.size(0), at::kCPU);
      EXPECT_NEAR(attend_by_offsets(qkv.narrow(1, 0, 4), varlen.gather(qkv.narrow(1, 4, 2)),
                                    varlen.gather(qkv.narrow(1, 6, 2)), varlen, causal),
                  ops::packed_attention(qkv, 4, 2, ops::AttentionPlan::make(segments, causal, at::kCPU)), 2e-6);
    }
  }
}

TEST(gradients_of_copies_come_back_to_their_row) {
  for (const auto& segments : plans()) {
    const auto rows = at::randn({tokens_of(segments), 2, 8}).requires_grad_(true);
    const ops::Varlen varlen(segments, rows.size(0), at::kCPU);
    const auto keys = varlen.gather(rows);
    const auto grad = at::randn(keys.sizes());
    torch::autograd::backward({keys * 1.0}, {grad});
    EXPECT_NEAR(varlen.reduce(grad), rows.grad(), 1e-6);
  }
}

TEST(only_cuda_has_a_fused_kernel) {
  EXPECT(ops::AttentionPlan::of_lengths({3, 4}, true, at::kCPU)->varlen() == nullptr);
}

SRVAU_TEST_MAIN()
