// The pictures that 13_own_data learns from.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

#include "support/own_data_options.h"

namespace example {

/// Makes pictures up, a folder for each class, and says so; returns the folder, which lies in that
/// of the run.
std::filesystem::path make_pictures(const OwnDataOptions& options);

/// The pictures of --data-dir, brought to one size; says how many there are. If they are not
/// divided into `train` and `test`, a fifth are set aside. Errors as of data::open_images.
linseed::data::TrainAndTest open_pictures(const OwnDataOptions& options);

}  // namespace example
