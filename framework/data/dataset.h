// A set of labelled images, wherever they come from.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <linseed/framework/data/image.h>
#include <linseed/framework/data/labelled_images.h>

namespace linseed::data {

/// How a set is read from where it lies. Where images are read a block at a time, an order that
/// stays within a few blocks reads each of them once.
struct Locality {
  /// The first image of each block: 0, and others ascending. Empty: each image by itself.
  std::vector<std::int64_t> blocks = {};
  std::int64_t blocks_in_memory = 0;  // that an order may go to and fro between
};

/// Blocks of `length` images each of a set of `size`; the last may be shorter. InvalidArgument if
/// `length` is less than 1.
Locality even_blocks(std::int64_t size, std::int64_t length, std::int64_t blocks_in_memory);

/// A set of labelled images. A value: copies share what lies behind it. Those below and in the
/// neighbouring headers are made by functions; a set of one's own is one lambda:
///
///     data::Dataset{.size = 1000, .shape = {32, 32, 3}, .classes = {"cat", "dog"},
///                   .read = [=](std::int64_t index, std::span<float> pixels) { …; return label; }}
struct Dataset {
  std::int64_t size = 0;                  // number of images
  ImageShape shape = {};                  // of each image
  std::vector<std::string> classes = {};  // what the labels 0, 1, … mean
  /// Fills `pixels`, shape.size() values in [0, 1], with image `index` in [0, size), and returns
  /// its label. Called by several threads at once. An image that is broken is a DataCorruption or
  /// an IoError that names its file; any other exception ends the loading.
  std::function<std::int32_t(std::int64_t index, std::span<float> pixels)> read = {};
  Locality locality = {};
};

/// The part of a task that is learnt from, or the one that judges.
enum class Split { train, test };

/// Both.
struct TrainAndTest {
  Dataset train;
  Dataset test;
};

/// What is done about an image that cannot be read.
enum class OnBroken {
  stop,  // what is wrong with it is thrown; by a loader, where the batch is asked for
  skip,  // it is done without; a loader lists it (`Loader::broken`)
};

/// InvalidArgument, beginning with `who`, if `dataset` has no reader, no image, more than 2³¹ − 1,
/// no pixels, or blocks that do not cover it or of which none fits into memory.
void check_dataset(const Dataset& dataset, std::string_view who);

/// Image `index` of `dataset` and its label. InvalidArgument if there is no such image.
std::pair<Image, std::int32_t> read_image(const Dataset& dataset, std::int64_t index);

/// Images that are in memory, which the set shares.
///   images [n, height, width, channels] or [n, height, width]; uint8, of which 255 becomes 1, or
///   float32, taken as they are
///   labels [n], any integers from 0 to the number of classes − 1
/// Without `classes`, they are called by their numbers, up to the greatest label (at most 65,535).
/// InvalidArgument for other shapes, types and labels.
Dataset in_memory(const Tensor& images, const Tensor& labels,
                  std::vector<std::string> classes = {});
inline Dataset in_memory(const LabelledImages& examples, std::vector<std::string> classes = {}) {
  return in_memory(examples.images, examples.labels, std::move(classes));
}

/// The images of one IDX file (see read_idx) with the labels of another.
/// DataCorruption if they are no such images and labels.
Dataset idx_images(const std::filesystem::path& image_file, const std::filesystem::path& label_file,
                   std::vector<std::string> classes = {});

}  // namespace linseed::data
