// M1 to M4 and Flax's MNIST example: whole training steps, from a batch to new parameters, momenta
// and running averages, all evaluated. Loss: mean cross-entropy; SGD with momentum; float32.
#include "training.h"

namespace bench {

std::vector<Case> training_cases() {
  struct Family {
    std::string name;
    Task task;
    std::vector<int> batches;
  };
  const std::vector<int> batches = {32, 64, 128, 256};
  const std::vector<Family> families = {
      {"M1", {"m1", m1_net(), 28, 1}, batches},
      {"M2", {"m2", conv_net({32, 64}, {128, 10}), 28, 1}, batches},
      {"M3", {"m3", mlp({256, 10}), 28, 1}, batches},
      {"M4", resnet20_task(), batches},
      {"flax_mnist", {"flax_mnist", flax_mnist(), 28, 1}, {128}},
  };
  std::vector<Case> cases;
  for (const Family& family : families) {
    for (const int batch : family.batches) {
      const Task& task = family.task;
      cases.push_back({.name = fmt::format("{}/b{}", family.name, batch),
                       .flops = flops_of_training(task, batch),
                       .spec = {{"kind", "training"},
                                {"network", task.network},
                                {"batch", batch},
                                {"learning_rate", kLearningRate},
                                {"beta", kBeta}},
                       .prepare = [=] { return make_training(task, batch); }});
    }
  }
  return cases;
}

}  // namespace bench
