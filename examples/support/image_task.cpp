#include "support/image_task.h"

#include <linseed/framework/data/cifar.h>
#include <linseed/framework/data/fashion_mnist.h>

namespace example {

namespace data = linseed::data;
namespace fs = std::filesystem;

data::TrainAndTest open_image_task(const fs::path& directory) {
  const auto has = [&](const char* folder, const char* file) {
    return !directory.empty() &&
           (fs::exists(directory / file) || fs::exists(directory / folder / file));
  };
  if (has("cifar-10-batches-bin", "data_batch_1.bin")) return data::cifar10(directory);
  if (has("cifar-100-binary", "train.bin")) return data::cifar100(directory);
  const auto task = data::fashion_mnist(directory);
  return {data::in_memory(task.train, task.classes), data::in_memory(task.test, task.classes)};
}

}  // namespace example
