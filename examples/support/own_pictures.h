// The pictures that 13_own_data learns from.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

#include "support/own_data_options.h"

namespace example {

/// The folder of pictures of the run, with a folder for each class. They are made up, which is
/// said, unless the run has them already. InvalidArgument if it has others.
std::filesystem::path make_pictures(const OwnDataOptions& options);

/// The pictures of --data-dir, brought to one size; says how many there are. If they are not
/// divided into `train` and `test`, a fifth are set aside. Errors as of data::open_images.
linseed::data::TrainAndTest open_pictures(const OwnDataOptions& options);

}  // namespace example
