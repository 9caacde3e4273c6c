// Images set aside, to judge by.
#pragma once

#include <linseed/framework/data/dataset.h>

namespace linseed::data {

/// A set to learn from and one to be judged by, where there is only one set: image i is of the
/// latter if i mod `every` is `every` − 1, so a fifth of all by default. Where the images of a
/// class stand together, as those of image_folder, each class gives its share. The same set is cut
/// in the same way each time.
///
/// InvalidArgument unless 2 <= `every` <= the size of the set.
TrainAndTest hold_out(const Dataset& dataset, std::int64_t every = 5);

}  // namespace linseed::data
