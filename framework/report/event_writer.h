// Event files, which TensorBoard shows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

class EventFile;

/// A setting of a run, as TensorBoard's table of hyper-parameters has it.
using HyperParameter = std::variant<std::int64_t, double, bool, std::string>;

/// Writes what TensorBoard shows to a new file in a directory: `tensorboard --logdir runs`. Each
/// event goes to the system at once, so a run can be watched, and a crash loses nothing.
///
///   EventWriter events("runs/cnn");
///   events.scalar("loss", loss, step);
///   events.histogram("Conv_0/kernel", model.params["Conv_0"]["kernel"], step);
///
/// The file is a row of records (TFRecord): u64 length, u32 masked CRC-32C of that, data, u32
/// masked CRC-32C of the data, all little-endian, with mask(c) = rotate_right(c, 15) + 0xa282ead8.
/// The data are protocol buffers, `Event` of TensorFlow's event.proto; values are tensors with the
/// name of the plug-in that shows them, as TensorFlow 2 writes them.
///
/// All functions evaluate tensors. InvalidArgument for a negative step, an empty tag, a text that
/// is no UTF-8, or a writer that is closed; IoError if the system refuses.
class EventWriter {
 public:
  /// Makes the directory if need be, and a file in it.
  explicit EventWriter(const std::filesystem::path& directory);
  EventWriter(EventWriter&&) noexcept;
  EventWriter& operator=(EventWriter&&) noexcept;
  ~EventWriter();

  void scalar(std::string_view tag, const Scalar& value, std::int64_t step);

  /// One image, [H,W], [H,W,1] (grey) or [H,W,3]: uint8, or floating in [0, 1], of which x becomes
  /// ⌊255 x⌋; what lies outside is cut, NaN is 0. InvalidArgument for another shape or dtype.
  void image(std::string_view tag, const Tensor& image, std::int64_t step);

  /// How often values fall into each of `bins` equal parts of [min, max], the last of which
  /// includes its end, as numpy.histogram counts; ±½ around a single value, [0, 1] for none.
  /// InvalidArgument if a value is not finite, or `bins` < 1.
  void histogram(std::string_view tag, const Tensor& values, std::int64_t step, int bins = 30);

  /// TensorBoard shows Markdown.
  void text(std::string_view tag, std::string_view text, std::int64_t step);

  /// The settings of the run, once, and, so that they are compared beside it, the tags of the
  /// scalars that it is judged by.
  void hparams(const std::vector<std::pair<std::string, HyperParameter>>& settings,
               const std::vector<std::string>& metrics = {});

  /// Makes what is written durable, too, should the machine fail (fsync).
  void flush();
  /// Nothing can be written then. Closing twice is fine.
  void close();

  /// The file.
  const std::filesystem::path& path() const { return path_; }

 private:
  EventFile& file();

  std::filesystem::path path_;
  std::unique_ptr<EventFile> file_;  // null: closed
};

}  // namespace linseed
