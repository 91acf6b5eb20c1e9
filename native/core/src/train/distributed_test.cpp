// Training on several processes against training on one: the same batches, the same losses, norms and weights. Where
// two ranks each give one sum to a gradient, as one process that accumulates in two calls does, they are equal bit for
// bit.
#include <map>
#include <thread>

#include "base/temp_dir.h"
#include "base/testing.h"
#include "checkpoint/safetensors.h"
#include "distributed/ranks_testing.h"
#include "train/train_reference.h"
#include "train/trainer_state.h"

using namespace srvau;
using namespace srvau::testing;

namespace {

constexpr int kSteps = 6;
constexpr double kLearningRate = 2e-3;

/** What is trained, and how; crosses to the ranks as text. */
struct Plan {
  std::string reference = "untied-gqa4-several-videos";
  bool grpo = false;
  GrpoLossType loss = GrpoLossType::kGrpo;
  at::ScalarType dtype = at::kFloat;
  /** Parts of a batch: "even", "one" (rank 0 has one item, the last rank the rest) or "none" (rank 0 has all). */
  std::string split = "even";
  /** Of the step that begins; the states of 0 are none. */
  int first = 0;
  int steps = kSteps;
  std::string dir;

  std::string text() const {
    return c10::str(reference, " ", grpo, " ", static_cast<int>(loss), " ", static_cast<int>(dtype), " ", split, " ",
                    first, " ", steps, " ", dir);
  }
  static Plan parse(const std::string& text) {
    Plan plan;
    std::istringstream stream(text);
    int loss = 0, dtype = 0;
    stream >> plan.reference >> plan.grpo >> loss >> dtype >> plan.split >> plan.first >> plan.steps >> plan.dir;
    plan.loss = static_cast<GrpoLossType>(loss);
    plan.dtype = static_cast<at::ScalarType>(dtype);
    return plan;
  }
};

template <typename T>
std::vector<T> part_of(const std::vector<T>& all, const std::string& split, int rank, int world) {
  std::vector<T> part;
  for (size_t i = 0; i < all.size(); ++i) {
    int owner = static_cast<int>(i) % world;
    if (split == "none") owner = 0;
    if (split == "one") owner = i == 0 ? 0 : world - 1;
    if (owner == rank) part.push_back(all[i]);
  }
  return part;
}

/** Losses and norms of some steps, and what the model is then. */
struct Trajectory {
  std::vector<double> losses, norms;
  NamedValues weights;
};

/** A batch that is trained again and again, of which some parts are one's own. */
class Job {
 public:
  explicit Job(const Plan& plan) : plan_(plan), reference_(plan.reference) {
    // Models of a later step come from where they were saved.
    model_ = Model::load(plan.first > 0 ? plan.dir + "/model" : reference_.checkpoint(), {at::kCPU, plan.dtype});
    samples_ = samples_of(reference_);
    if (plan.grpo) rollouts_ = one_by_one(rollouts_of(reference_, *model_of(reference_)));
  }

  Trainer& start(std::shared_ptr<ProcessGroup> group) {
    auto options = trainer_options_of(reference_);
    options.group = std::move(group);
    trainer_ = std::make_unique<Trainer>(model_, options);
    if (plan_.first > 0) load_optimizer(trainer_->optimizer(), plan_.dir + "/optimizer.safetensors");
    return *trainer_;
  }

  /** A part's share of the loss. */
  double accumulate(int rank, int world, bool totals_given) {
    if (plan_.grpo) {
      std::optional<GrpoTotals> totals;
      if (totals_given) totals = totals_of(rollouts_);
      const auto part = part_of(rollouts_, plan_.split, rank, world);
      if (totals_given && plan_.loss == GrpoLossType::kBnpo) totals->tokens = totals_of(part).tokens * world;
      return trainer_->accumulate_grpo(part, {.loss_type = plan_.loss, .max_completion_length = 8}, totals).loss;
    }
    const auto all = total_weight(samples_);
    const auto normalizer = totals_given ? std::optional(all) : std::nullopt;
    return trainer_->accumulate_sft(part_of(samples_, plan_.split, rank, world), normalizer).loss_sum / all;
  }

  Model& model() { return *model_; }

 private:
  Plan plan_;
  Reference reference_;
  std::shared_ptr<Model> model_;
  std::vector<SftSample> samples_;
  std::vector<RolloutGroup> rollouts_;
  std::unique_ptr<Trainer> trainer_;
};

/** On one process, in as many parts as there would be ranks. Saves like rank 0 where there is a directory. */
Trajectory alone(const Plan& plan, int parts) {
  at::set_num_threads(1);
  Job job(plan);
  auto& trainer = job.start(nullptr);
  Trajectory trajectory;
  for (int step = 0; step < plan.steps; ++step) {
    double loss = 0;
    for (int part = 0; part < parts; ++part) loss += job.accumulate(part, parts, true);
    trajectory.losses.push_back(loss);
    trajectory.norms.push_back(trainer.step(kLearningRate).grad_norm);
  }
  trajectory.weights = weights_of(job.model());
  if (!plan.dir.empty()) save_optimizer(trainer.optimizer(), plan.dir + "/alone.safetensors");
  return trajectory;
}

Trajectory read_trajectory(const std::string& path) {
  const auto file = SafetensorsFile::open(path);
  Trajectory trajectory;
  for (const auto& entry : file.entries()) {
    const auto tensor = file.tensor(entry.name).clone();
    const auto* const numbers = entry.dtype == at::kDouble ? tensor.const_data_ptr<double>() : nullptr;
    if (entry.name == "losses") trajectory.losses = {numbers, numbers + tensor.numel()};
    if (entry.name == "norms") trajectory.norms = {numbers, numbers + tensor.numel()};
    if (entry.name.starts_with("weight.")) trajectory.weights[entry.name.substr(7)] = tensor;
  }
  return trajectory;
}

/** What all ranks of a run agree on. */
Trajectory together(const Plan& plan, int world) {
  Ranks ranks("trains", world, plan.text());
  for (int rank = 0; rank < world; ++rank) EXPECT_EQ(ranks.outcome(rank), "");
  const auto path = [&](int rank) { return c10::str(plan.dir, "/rank-", rank, ".safetensors"); };
  auto first = read_trajectory(path(0));
  for (int rank = 1; rank < world; ++rank) {
    const auto other = read_trajectory(path(rank));
    EXPECT(other.losses == first.losses && other.norms == first.norms);
    EXPECT_EQ(worst_error(other.weights, first.weights), 0.0);
  }
  return first;
}

void expect_equal(const Trajectory& actual, const Trajectory& wanted) {
  EXPECT(actual.losses == wanted.losses);
  EXPECT(actual.norms == wanted.norms);
  EXPECT_EQ(worst_error(actual.weights, wanted.weights), 0.0);
}

void expect_near(const Trajectory& actual, const Trajectory& wanted, double tolerance) {
  EXPECT_NEAR(at::tensor(actual.losses, at::kDouble), at::tensor(wanted.losses, at::kDouble), tolerance);
  EXPECT_NEAR(at::tensor(actual.norms, at::kDouble), at::tensor(wanted.norms, at::kDouble), tolerance);
  EXPECT(distance(actual.weights, wanted.weights) <= tolerance);
}

}  // namespace

RANK(trains) {
  const auto plan = Plan::parse(task.argument);
  Job job(plan);
  const auto group = ProcessGroup::join(task.options);
  auto& trainer = job.start(group);
  // ZeRO: no state is held twice.
  const auto slots = static_cast<double>(trainer.optimizer().slots().size());
  EXPECT_EQ(group->reduce_numbers({slots}, Reduction::kSum).front(),
            static_cast<double>(job.model().parameters().size()));
  EXPECT(group->world_size() == 1 || slots < static_cast<double>(job.model().parameters().size()));

  std::vector<double> losses, norms;
  for (int step = 0; step < plan.steps; ++step) {
    const double loss = job.accumulate(group->rank(), group->world_size(), false);
    losses.push_back(group->reduce_numbers({loss}, Reduction::kSum).front());
    norms.push_back(trainer.step(kLearningRate).grad_norm);
  }
  std::vector<NamedTensor> results = {{"losses", at::tensor(losses, at::kDouble)},
                                      {"norms", at::tensor(norms, at::kDouble)}};
  for (const auto& [name, weight] : weights_of(job.model())) results.push_back({"weight." + name, weight});
  write_safetensors(c10::str(plan.dir, "/rank-", group->rank(), ".safetensors"), results);
  if (group->rank() == 0) job.model().save(plan.dir + "/model", "", plan.dtype);
  save_optimizer(trainer.optimizer(), group->rank() == 0 ? plan.dir + "/optimizer.safetensors" : "not used");
}

TEST(two_ranks_are_one_bit_for_bit) {
  std::vector<Plan> plans;
  for (const auto* reference : {"untied-gqa4-several-videos", "tied-gqa2-small-windows", "text-only"}) {
    for (const auto* split : {"even", "one", "none"}) plans.push_back({.reference = reference, .split = split});
  }
  plans.push_back({.dtype = at::kBFloat16});
  for (const auto loss : {GrpoLossType::kGrpo, GrpoLossType::kDrGrpo, GrpoLossType::kDapo, GrpoLossType::kBnpo})
    plans.push_back({.grpo = true, .loss = loss, .split = "one"});
  plans.push_back({.grpo = true, .split = "none"});
  plans.push_back({.grpo = true, .dtype = at::kBFloat16});
  for (auto plan : plans) {
    const TempDir dir;
    plan.dir = dir.path();
    const auto two = together(plan, 2);
    EXPECT_EQ(two.losses.size(), size_t{kSteps});
    EXPECT(two.losses.front() != two.losses.back());
    expect_equal(two, alone(plan, 2));
    // The state too, in a file that does not tell how many wrote it.
    const auto file = SafetensorsFile::open(dir / "optimizer.safetensors");
    const auto wanted = SafetensorsFile::open(dir / "alone.safetensors");
    EXPECT_EQ(file.entries().size(), wanted.entries().size());
    for (const auto& entry : wanted.entries()) EXPECT(at::equal(file.tensor(entry.name), wanted.tensor(entry.name)));
  }
}

TEST(any_number_of_ranks_follows_the_batch_in_one_piece) {
  for (const bool grpo : {false, true}) {
    Plan plan{.grpo = grpo};
    const auto one = alone(plan, 1);
    for (const int world : {1, 2, 3}) {
      const TempDir dir;
      plan.dir = dir.path();
      const auto several = together(plan, world);
      expect_near(several, one, 2e-5);
      std::printf("     %s, %d ranks: weights within %.1e\n", grpo ? "GRPO" : "SFT", world,
                  distance(several.weights, one.weights));
    }
    plan.dir.clear();
  }
}

TEST(training_goes_on_from_a_saved_state_with_any_number_of_ranks) {
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const TempDir whole_dir, dir;
    Plan plan{.dtype = dtype, .split = "one", .dir = whole_dir.path()};
    const auto uninterrupted = together(plan, 2);
    plan.steps = kSteps / 2;
    plan.dir = dir.path();
    together(plan, 2);
    plan.first = plan.steps;
    const auto tail = [&](const std::vector<double>& all) {
      return std::vector<double>(all.begin() + plan.first, all.end());
    };
    const Trajectory wanted{tail(uninterrupted.losses), tail(uninterrupted.norms), uninterrupted.weights};
    for (const int world : {2, 1, 3}) {
      const TempDir copy;
      std::filesystem::copy(dir.path(), copy.path(), std::filesystem::copy_options::recursive);
      plan.dir = copy.path();
      const auto resumed = together(plan, world);
      if (world == 2) expect_equal(resumed, wanted);
      expect_near(resumed, wanted, dtype == at::kFloat ? 2e-5 : 1e-2);
    }
  }
}

RANK(differs) {
  const Reference reference("text-only");
  const auto group = ProcessGroup::join(task.options);
  const bool last = group->rank() == 1;
  auto options = trainer_options_of(reference);
  options.group = group;
  const auto refused = [&](const std::string& part, const std::shared_ptr<Model>& model, const TrainerOptions& other) {
    EXPECT_ERROR(ErrorCode::kProcessGroup, part, Trainer(model, last ? other : options));
  };
  const auto model = model_of(reference);
  auto other = options;
  other.optimizer.beta2 = 0.5;
  refused("beta2 0.5", model, other);
  refused("parameters of BFloat16", last ? model_of(reference, at::kBFloat16) : model, options);
  refused("structure", last ? model_of(Reference("tied-gqa2-small-windows")) : model, options);
  const auto changed = model_of(reference);
  if (last) changed->parameters()[3].tensor.detach().view(-1)[0].add_(1e-3);
  refused("expected the same weights on all ranks, " + model->parameters()[3].name(), changed, options);
  other = options;
  other.masters_from = "no/such/checkpoint";
  if (last) {
    EXPECT_ERROR(ErrorCode::kCheckpoint, "no/such/checkpoint", Trainer(model, other));
  } else {
    refused("rank 1: ", model, other);
  }

  // All of these leave the group at work.
  Trainer trainer(model, options);
  const auto samples = samples_of(reference);
  if (last) {
    EXPECT_ERROR(ErrorCode::kProcessGroup, "rank 0 is to step", trainer.accumulate_sft(samples));
  } else {
    trainer.accumulate_sft(samples, total_weight(samples));
    EXPECT_ERROR(ErrorCode::kProcessGroup, "rank 1 is to accumulate_sft", trainer.step(1e-3));
  }
  auto wrong = samples;
  if (last) wrong.front().weights.pop_back();
  EXPECT_ERROR(last ? ErrorCode::kInvalidArgument : ErrorCode::kProcessGroup, "samples[0].weights: expected",
               trainer.accumulate_sft(wrong));
  EXPECT_ERROR(ErrorCode::kProcessGroup, "learning rate", trainer.step(last ? 1e-3 : 2e-3));
  EXPECT_ERROR(last ? ErrorCode::kProcessGroup : ErrorCode::kCheckpoint, "no/such/directory",
               save_optimizer(trainer.optimizer(), "no/such/directory/optimizer.safetensors"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "no/such/file", load_optimizer(trainer.optimizer(), "no/such/file"));
  trainer.accumulate_sft(samples);
  EXPECT(!trainer.step(1e-3).skipped);
}

TEST(ranks_that_differ_are_told_so_and_go_on) {
  Ranks ranks("differs", 2);
  for (const int rank : {0, 1}) EXPECT_EQ(ranks.outcome(rank), "");
}

RANK(steps_forever) {
  const Reference reference("text-only");
  const auto group = ProcessGroup::join(task.options);
  auto options = trainer_options_of(reference);
  options.group = group;
  const auto model = model_of(reference);
  Trainer trainer(model, options);
  const auto samples = samples_of(reference);
  for (int step = 0;; ++step) {
    if (step == 20) say("stepping");
    trainer.accumulate_sft(samples);
    trainer.step(1e-4);
  }
}

TEST(a_rank_that_is_killed_between_or_in_steps_ends_the_others) {
  for (const int killed : {0, 1}) {
    Ranks ranks("steps_forever", 3);
    for (const int rank : {0, 1, 2}) EXPECT_EQ(ranks.line(rank), "stepping");
    ::kill(ranks.pid(killed), SIGKILL);
    for (const int rank : {0, 1, 2}) {
      if (rank == killed) continue;
      const auto said = ranks.outcome(rank);
      EXPECT(said.starts_with(c10::str("error PROCESS_GROUP: rank ", rank, " of 3, ")));
    }
  }
}

SRVAU_RANKS_MAIN()
