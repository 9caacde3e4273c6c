#include <linseed/framework/data/cifar.h>

#include <fstream>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/file_bytes_internal.h>
#include <linseed/framework/data/labels_internal.h>
#include <linseed/framework/data/pixels_internal.h>

namespace linseed::data {
namespace {

namespace fs = std::filesystem;

constexpr ImageShape kShape{32, 32, 3};
constexpr std::size_t kImageBytes = 32 * 32 * 3;

/// How the records of a file are laid out: `label_bytes` labels, then planes of red, green, blue.
struct Records {
  std::size_t label_bytes;
  std::size_t label;  // which of them is taken
  std::size_t classes;

  std::size_t bytes() const { return label_bytes + kImageBytes; }
};

void append_file(const fs::path& file, const Records& records, std::string& to) {
  const std::string bytes = read_file_bytes(file);
  if (bytes.empty() || bytes.size() % records.bytes() != 0) {
    throw DataCorruption("cifar: {}: expected records of {} bytes, found {} bytes", file.string(),
                         records.bytes(), bytes.size());
  }
  for (std::size_t i = 0; i < bytes.size() / records.bytes(); ++i) {
    const auto label = static_cast<std::uint8_t>(bytes[i * records.bytes() + records.label]);
    if (label < records.classes) continue;
    throw DataCorruption("cifar: {}: expected labels from 0 to {}, found {} at index {}",
                         file.string(), records.classes - 1, label, i);
  }
  to += bytes;
}

/// The names in a file, one a line, and numbers where there is none.
std::vector<std::string> class_names(const fs::path& file, std::size_t classes) {
  std::vector<std::string> names = numbered_classes(classes);
  std::ifstream stream(file);
  std::size_t known = 0;
  for (std::string line; known < classes && std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names[known++] = line;
  }
  return names;
}

Dataset read_part(const fs::path& directory, const std::vector<std::string>& files,
                  const Records& records, std::vector<std::string> classes) {
  std::string all;
  for (const std::string& file : files) append_file(directory / file, records, all);
  const auto size = static_cast<std::int64_t>(all.size() / records.bytes());
  const auto bytes = std::make_shared<const std::string>(std::move(all));
  const auto read = [bytes, records](std::int64_t index, std::span<float> pixels) -> std::int32_t {
    const auto* record = reinterpret_cast<const std::uint8_t*>(bytes->data()) +
                         static_cast<std::size_t>(index) * records.bytes();
    unpack_planes(record + records.label_bytes, kShape, pixels);
    return record[records.label];
  };
  return {.size = size, .shape = kShape, .classes = std::move(classes), .read = read};
}

/// `directory`, or the folder in it that the published archive unpacks to.
fs::path find_files(const fs::path& directory, const std::string& folder, const std::string& file) {
  for (const fs::path& place : {directory, directory / folder}) {
    std::error_code ignored;  // a file that cannot be looked at is as good as missing
    if (fs::exists(place / file, ignored)) return place;
  }
  throw IoError(
      "cifar: neither {} nor its folder {} holds {}; expected is the \"binary version\" from "
      "www.cs.toronto.edu/~kriz/cifar.html, unpacked",
      directory.string(), folder, file);
}

}  // namespace

Dataset cifar10(const fs::path& directory, Split split) {
  std::vector<std::string> files{"test_batch.bin"};
  if (split == Split::train) {
    files.clear();
    for (int i = 1; i <= 5; ++i) files.push_back("data_batch_" + std::to_string(i) + ".bin");
  }
  const fs::path place = find_files(directory, "cifar-10-batches-bin", files.front());
  const Records records{.label_bytes = 1, .label = 0, .classes = 10};
  return read_part(place, files, records, class_names(place / "batches.meta.txt", records.classes));
}

TrainAndTest cifar10(const fs::path& directory) {
  return {cifar10(directory, Split::train), cifar10(directory, Split::test)};
}

Dataset cifar100(const fs::path& directory, Split split, CifarLabels labels) {
  const std::string file = split == Split::train ? "train.bin" : "test.bin";
  const fs::path place = find_files(directory, "cifar-100-binary", file);
  const bool fine = labels == CifarLabels::fine;
  const Records records{.label_bytes = 2, .label = fine ? 1u : 0u, .classes = fine ? 100u : 20u};
  const fs::path names = place / (fine ? "fine_label_names.txt" : "coarse_label_names.txt");
  return read_part(place, {file}, records, class_names(names, records.classes));
}

TrainAndTest cifar100(const fs::path& directory, CifarLabels labels) {
  return {cifar100(directory, Split::train, labels), cifar100(directory, Split::test, labels)};
}

}  // namespace linseed::data
