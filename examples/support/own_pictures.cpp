#include "support/own_pictures.h"

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/image_folder.h>
#include <linseed/framework/data/open_images.h>
#include <linseed/framework/data/shapes.h>
#include <linseed/framework/ops/random.h>

#include "support/save_png.h"

namespace example {

namespace data = linseed::data;

std::filesystem::path make_pictures(const OwnDataOptions& options) {
  const std::filesystem::path folder = options.run_dir / "pictures";
  if (std::filesystem::exists(folder)) {  // it may be somebody's: nothing in it is touched
    const std::size_t size = data::image_folder_files(folder).size();
    if (size == static_cast<std::size_t>(options.made_up)) return folder;
    throw linseed::InvalidArgument(
        "{0} holds {1} pictures, and {2} are to be made there; learn from those by --data-dir {0}, "
        "or name another --run-dir",
        folder.string(), size, options.made_up);
  }
  const std::filesystem::path unfinished = options.run_dir / "pictures.unfinished";
  std::filesystem::remove_all(unfinished);
  fmt::print("no --data-dir: making {} pictures in {}\n", options.made_up, folder.string());
  const auto shapes = data::shapes(linseed::random::key(0), {.size = options.made_up});
  for (std::int64_t i = 0; i < shapes.size; ++i) {
    const auto [image, label] = data::read_image(shapes, i);
    const linseed::Shape shape{image.shape.height, image.shape.width, image.shape.channels};
    const auto& name = shapes.classes[static_cast<std::size_t>(label)];
    save_png(unfinished / name / fmt::format("{:04}.png", i),
             linseed::Tensor::from(std::span<const float>(image.pixels), shape));
  }
  std::filesystem::rename(unfinished, folder);
  return folder;
}

data::TrainAndTest open_pictures(const OwnDataOptions& options) {
  auto pictures =
      data::open_train_and_test(options.data_dir, {.height = options.side, .width = options.side});
  const std::vector<std::string>& classes = pictures.train.classes;
  if (classes.size() < 2) {
    throw linseed::InvalidArgument(
        "{} holds one class, {}; is it the folder that has a folder for each class?",
        options.data_dir.string(), classes.front());
  }
  fmt::print("{} pictures to learn from, {} to be judged by, of {}\n", pictures.train.size,
             pictures.test.size, fmt::join(classes, ", "));
  return pictures;
}

}  // namespace example
