#include "train/trainer_state.h"

#include "base/temp_dir.h"
#include "base/testing.h"
#include "train/train_reference.h"

using namespace srvau;
using namespace srvau::testing;

namespace {

void train(Trainer& trainer, const std::vector<SftSample>& samples, int steps) {
  for (int step = 0; step < steps; ++step) {
    trainer.accumulate_sft(samples, total_weight(samples));
    trainer.step(2e-3);
  }
}

std::vector<at::Tensor> state_of(const Trainer& trainer) {
  std::vector<at::Tensor> all;
  for (const auto& slot : trainer.optimizer().slots())
    for (const auto& tensor : {slot.parameter.tensor, slot.master, slot.exp_avg, slot.exp_avg_sq, slot.step})
      all.push_back(tensor.detach().clone());
  return all;
}

}  // namespace

TEST(training_goes_on_bit_for_bit) {
  for (const auto& name : {"tied-gqa2-small-windows", "text-only"}) {
    const Reference reference(name);
    const auto samples = samples_of(reference);
    for (const auto dtype : {at::kFloat, at::kBFloat16}) {
      const TempDir dir;
      const auto options = trainer_options_of(reference);
      const auto model = model_of(reference, dtype);
      Trainer uninterrupted(model, options);
      train(uninterrupted, samples, 3);
      model->save((dir / "model").string(), "", dtype);
      save_optimizer(uninterrupted.optimizer(), (dir / "optimizer.safetensors").string());
      train(uninterrupted, samples, 3);

      Trainer resumed(Model::load((dir / "model").string(), {at::kCPU, dtype}), options);
      load_optimizer(resumed.optimizer(), (dir / "optimizer.safetensors").string());
      train(resumed, samples, 3);
      const auto a = state_of(uninterrupted), b = state_of(resumed);
      EXPECT_EQ(a.size(), b.size());
      for (size_t i = 0; i < a.size(); ++i) EXPECT(at::equal(a[i], b[i]));
    }
  }
}

TEST(a_state_that_does_not_fit_is_refused_and_changes_nothing) {
  const Reference reference("text-only");
  const auto samples = samples_of(reference);
  const TempDir dir;
  const auto path = (dir / "optimizer.safetensors").string();
  const auto options = trainer_options_of(reference);
  const auto model = model_of(reference);
  Trainer trainer(model, options);
  train(trainer, samples, 1);
  save_optimizer(trainer.optimizer(), path);

  const auto file = SafetensorsFile::open(path);
  std::vector<NamedTensor> good;
  for (const auto& entry : file.entries()) good.push_back({entry.name, file.tensor(entry.name).clone()});
  const auto find = [](std::vector<NamedTensor>& tensors, const std::string& name) -> at::Tensor& {
    return std::find_if(tensors.begin(), tensors.end(), [&](const auto& item) { return item.name == name; })->tensor;
  };
  const auto refused = [&](const std::string& part, const std::map<std::string, std::string>& metadata,
                           const std::function<void(std::vector<NamedTensor>&)>& change) {
    auto tensors = good;
    change(tensors);
    write_safetensors(path, tensors, metadata);
    const auto before = state_of(trainer);
    EXPECT_ERROR(ErrorCode::kCheckpoint, part, load_optimizer(trainer.optimizer(), path));
    const auto after = state_of(trainer);
    for (size_t i = 0; i < before.size(); ++i) EXPECT(at::equal(before[i], after[i]));
  };
  const std::map<std::string, std::string> metadata = file.metadata();
  const auto nothing = [](auto&) {};
  refused("expected the format srvau-optimizer, received none", {}, nothing);
  refused("expected version 1 of the format, received 7", {{"format", "srvau-optimizer"}, {"version", "7"}}, nothing);
  refused("received 1 tensors that do not fit: exp_avg.model.norm.weight is missing", metadata, [](auto& tensors) {
    std::erase_if(tensors, [](const auto& item) { return item.name == "exp_avg.model.norm.weight"; });
  });
  refused("exp_avg.other is unexpected", metadata, [](auto& tensors) {
    tensors.push_back({"exp_avg.other", at::zeros({1})});
  });
  refused("exp_avg_sq.model.norm.weight: expected", metadata,
          [&](auto& tensors) { find(tensors, "exp_avg_sq.model.norm.weight") = at::zeros({3}); });
  refused("step.model.layers.0.self_attn.k_proj.weight: expected 1, received 9", metadata,
          [&](auto& tensors) { find(tensors, "step.model.layers.0.self_attn.k_proj.weight") = at::full({}, 9.F); });

  // A state with masters is that of a bfloat16 model, and of one certain step.
  const auto low = model_of(reference, at::kBFloat16);
  {
    Trainer other(low, options);
    train(other, samples, 1);
    save_optimizer(other.optimizer(), path);
  }
  EXPECT_ERROR(ErrorCode::kCheckpoint, "is unexpected", load_optimizer(trainer.optimizer(), path));
  Trainer of_another_step(model_of(reference, at::kBFloat16), options);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "rounds to another weight than the model's",
               load_optimizer(of_another_step.optimizer(), path));
  Trainer of_that_step(low, options);
  load_optimizer(of_that_step.optimizer(), path);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "optimizer.safetensors",
               load_optimizer(trainer.optimizer(), (dir / "absent" / "optimizer.safetensors").string()));
}

SRVAU_TEST_MAIN()
