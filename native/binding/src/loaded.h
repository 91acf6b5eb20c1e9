#pragma once

#include <memory>

#include "model/model.h"
#include "train/trainer.h"

namespace srvau::binding {

/** What a Model of JavaScript stands for. */
struct LoadedModel {
  std::shared_ptr<const Model> model;
  std::shared_ptr<Model> trainable;  // the same; null when it is mapped
  bool has_trainer = false;          // belongs to the compute thread

  bool mapped() const { return trainable == nullptr; }
};

/** What a Trainer of JavaScript stands for. */
struct TrainerState {
  std::shared_ptr<LoadedModel> model;
  Trainer trainer;

  TrainerState(std::shared_ptr<LoadedModel> loaded, TrainerOptions options)
      : model(std::move(loaded)), trainer(model->trainable, std::move(options)) {
    model->has_trainer = true;
  }
  ~TrainerState() { model->has_trainer = false; }
  TrainerState(const TrainerState&) = delete;
  TrainerState& operator=(const TrainerState&) = delete;
};

}  // namespace srvau::binding
