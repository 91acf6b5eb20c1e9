#include "generate/decode.h"

#include "base/error.h"
#include "generate/bucketed_decode.h"

namespace srvau {
namespace {

class RowKernelDecode final : public Decode {
 public:
  RowKernelDecode(const Model& model, const Sampler& sampler)
      : model_(model), sampler_(sampler), cache_(make_shared_prompt_cache(model.config().text)) {}

  void join(std::shared_ptr<const PromptCache> prompt, int64_t samples) override {
    cache_->join(std::move(prompt), samples);
  }

  void keep(const std::vector<int64_t>& rows) override { cache_->keep(rows); }

  std::vector<Choice> step(const std::vector<int64_t>& ids, const std::vector<int64_t>& positions,
                           const std::vector<double>& uniforms) override {
    const auto& decoder = model_.decoder();
    const auto rotation = decoder.rotation(at::tensor(positions, at::kLong).expand({3, -1}));
    auto x = decoder.embed(at::tensor(ids, at::kLong));
    size_t layer = 0;
    for (const auto& weights : decoder.layers()) {
      x = decoder.layer(weights, x, rotation, [&](const at::Tensor& qkv) { return cache_->attend(layer, qkv); });
      ++layer;
    }
    return sampler_.choose(at::mm(decoder.finish(x), decoder.head().t()).to(at::kFloat), uniforms);
  }

 private:
  const Model& model_;
  const Sampler& sampler_;
  std::unique_ptr<KeyValueCache> cache_;
};

}  // namespace

std::unique_ptr<Decode> make_decode(const Model& model, const Sampler& sampler, DecodePath path) {
  const bool on_cpu = model.device().is_cpu();
  SRVAU_REQUIRE(on_cpu || path != DecodePath::kRowKernels, "decode: expected a model on the CPU for the row kernels, ",
                "received one on ", model.device());
  if (path == DecodePath::kOfDevice) path = on_cpu ? DecodePath::kRowKernels : DecodePath::kBuckets;
  if (path == DecodePath::kRowKernels) return std::make_unique<RowKernelDecode>(model, sampler);
  return std::make_unique<BucketedDecode>(model, sampler,
                                          make_step_runner(model.device(), path == DecodePath::kBuckets));
}

}  // namespace srvau
