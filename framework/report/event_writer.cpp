#include <linseed/framework/report/event_writer.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/report/event_file_internal.h>
#include <linseed/framework/report/event_message_internal.h>
#include <linseed/framework/report/histogram_internal.h>
#include <linseed/framework/report/png.h>

namespace linseed {
namespace {

void check(std::string_view tag, std::int64_t step) {
  if (tag.empty()) throw InvalidArgument("event: a tag is empty");
  if (step < 0) throw InvalidArgument("event '{}': step {} is negative", tag, step);
}

/// The pixels of an image, three bytes each.
std::vector<std::uint8_t> pixels_of(std::string_view tag, const Tensor& image) {
  const int ndim = image.ndim();
  const bool is_grey = ndim == 2 || (ndim == 3 && image.dim(2) == 1);
  const bool is_bytes = image.dtype() == uint8;
  if ((!is_grey && !(ndim == 3 && image.dim(2) == 3)) || image.size() == 0 ||
      (!is_bytes && !is_floating(image.dtype()))) {
    throw InvalidArgument(
        "event '{}': an image is [H,W], [H,W,1] or [H,W,3], uint8 or floating in [0, 1], got {}",
        tag, image.spec());
  }
  const Tensor bytes = is_bytes ? image : astype(clip(image, 0, 1) * 255, uint8);
  std::vector<std::uint8_t> pixels;
  for (const std::uint8_t value : bytes.data<std::uint8_t>()) {
    pixels.insert(pixels.end(), is_grey ? 3 : 1, value);
  }
  return pixels;
}

}  // namespace

EventWriter::EventWriter(const std::filesystem::path& directory)
    : file_(std::make_unique<EventFile>(directory)) {
  path_ = file_->path();
}

EventWriter::EventWriter(EventWriter&&) noexcept = default;
EventWriter& EventWriter::operator=(EventWriter&&) noexcept = default;
EventWriter::~EventWriter() = default;

void EventWriter::scalar(std::string_view tag, const Scalar& value, std::int64_t step) {
  check(tag, step);
  const double number = value.is_tensor() ? value.tensor().item<double>() : value.number();
  file().append(scalar_event(tag, static_cast<float>(number), step));
}

void EventWriter::image(std::string_view tag, const Tensor& image, std::int64_t step) {
  check(tag, step);
  const auto pixels = pixels_of(tag, image);
  const auto height = static_cast<std::uint32_t>(image.dim(0));
  const auto width = static_cast<std::uint32_t>(image.dim(1));
  file().append(image_event(tag, width, height, png_of(pixels, width, height), step));
}

void EventWriter::histogram(std::string_view tag, const Tensor& values, std::int64_t step,
                            int bins) {
  check(tag, step);
  const Tensor wide = astype(values, float64);
  file().append(histogram_event(tag, histogram_of(wide.data<double>(), bins), step));
}

void EventWriter::text(std::string_view tag, std::string_view text, std::int64_t step) {
  check(tag, step);
  file().append(text_event(tag, text, step));
}

void EventWriter::hparams(const std::vector<std::pair<std::string, HyperParameter>>& settings,
                          const std::vector<std::string>& metrics) {
  for (const auto& [name, value] : settings) check(name, 0);
  for (const std::string& tag : metrics) check(tag, 0);
  for (const std::string& event : hparams_events(settings, metrics)) file().append(event);
}

void EventWriter::flush() { file().synchronize(); }

void EventWriter::close() { file_.reset(); }

EventFile& EventWriter::file() {
  if (file_ == nullptr)
    throw InvalidArgument("event: the writer of '{}' is closed", path_.string());
  return *file_;
}

}  // namespace linseed
