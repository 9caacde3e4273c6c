// The data that 10_wide_resnet learns from.
#pragma once

#include <filesystem>

#include <linseed/framework/data/dataset.h>

namespace example {

/// The images of a directory: CIFAR-10 or CIFAR-100 in their binary versions, or Fashion-MNIST or
/// what has its files. Empty means Fashion-MNIST where the Debian package puts it.
/// Errors as of data::cifar10, cifar100 and fashion_mnist.
linseed::data::TrainAndTest open_image_task(const std::filesystem::path& directory);

}  // namespace example
