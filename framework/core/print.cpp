// Tensors as text, in the manner of NumPy.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <linseed/framework/core/tensor.h>

namespace linseed {
namespace {

constexpr std::int64_t kSummarizeAbove = 1000;  // elements
constexpr std::int64_t kEdge = 3;               // elements kept at either end of a dimension
constexpr std::size_t kLineWidth = 75;
constexpr int kPrecision = 8;                   // digits after the point

/// The places of a dimension that are printed; -1 stands for the dots.
std::vector<std::int64_t> shown(std::int64_t dim, bool summarize) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < dim; ++i) {
    if (summarize && dim > 2 * kEdge && i == kEdge) {
      places.push_back(-1);
      i = dim - kEdge;
    }
    places.push_back(i);
  }
  return places;
}

/// A number with the shortest digits that name it, at most kPrecision behind the point.
template <class T>
std::string digits(T value, bool scientific) {
  std::string text = scientific ? fmt::format("{:e}", value) : fmt::format("{}", value);
  if (scientific) {
    std::string shortest = fmt::format("{}", value);
    return shortest.find('e') != std::string::npos ? shortest : text;
  }
  const std::string rounded = fmt::format("{:.{}f}", value, kPrecision);
  if (text.find('e') != std::string::npos || text.size() > rounded.size()) text = rounded;
  while (text.find('.') != std::string::npos && text.back() == '0') text.pop_back();
  if (text.find('.') == std::string::npos) text += '.';
  return text;
}

/// Turns the elements of one tensor into texts of equal width.
class Elements {
 public:
  Elements(const Tensor& tensor, bool summarize) : tensor_(tensor) {
    const auto strides = row_major_strides(tensor.shape());
    collect(strides, 0, 0, summarize);
    format();
  }

  const std::string& next() { return texts_[next_++]; }

 private:
  void collect(const std::vector<std::int64_t>& strides, int dimension, std::int64_t offset,
               bool summarize) {
    if (dimension == tensor_.ndim()) return offsets_.push_back(offset);
    for (const std::int64_t place : shown(tensor_.dim(dimension), summarize)) {
      if (place < 0) continue;
      collect(strides, dimension + 1,
              offset + place * strides[static_cast<std::size_t>(dimension)], summarize);
    }
  }

  void format() {
    visit_dtype(tensor_.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto* data = static_cast<const T*>(tensor_.raw_data());
      if constexpr (std::is_floating_point_v<T>) {
        format_floating(data);
      } else {
        for (const std::int64_t offset : offsets_) {
          if constexpr (std::same_as<T, bool>) {
            texts_.push_back(data[offset] ? "True" : "False");
          } else {
            texts_.push_back(fmt::format("{}", data[offset]));
          }
        }
      }
    });
    if (tensor_.ndim() > 0) align();
  }

  template <class T>
  void format_floating(const T* data) {
    T largest = 0;
    T smallest = std::numeric_limits<T>::max();
    for (const std::int64_t offset : offsets_) {
      const T magnitude = std::abs(data[offset]);
      if (!std::isfinite(magnitude) || magnitude == 0) continue;
      largest = std::max(largest, magnitude);
      smallest = std::min(smallest, magnitude);
    }
    const bool scientific =
        largest > 0 && (largest >= T(1e8) || smallest < T(1e-4) || largest / smallest > T(1e3) * T(1e3));
    for (const std::int64_t offset : offsets_) {
      const T value = data[offset];
      texts_.push_back(std::isfinite(value) ? digits(value, scientific) : fmt::format("{}", value));
    }
  }

  /// Pads the texts so that points and ends stand below each other.
  void align() {
    std::size_t before = 0;
    std::size_t after = 0;
    const auto split = [](const std::string& text) {
      const std::size_t point = text.find('.');
      return point == std::string::npos ? text.size() : point;
    };
    const bool points = is_floating(tensor_.dtype());
    for (const std::string& text : texts_) {
      before = std::max(before, points ? split(text) : text.size());
      if (points) after = std::max(after, text.size() - split(text));
    }
    for (std::string& text : texts_) {
      const std::size_t head = points ? split(text) : text.size();
      const std::size_t tail = text.size() - head;
      if (points && text.find('.') == std::string::npos) {
        text.insert(0, before + after - text.size(), ' ');  // inf and nan stand at the right
        continue;
      }
      text.insert(0, before - head, ' ');
      text.append(after - std::min(after, tail), ' ');
    }
  }

  const Tensor& tensor_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::string> texts_;
  std::size_t next_ = 0;
};

/// Writes brackets, separators and line breaks around the elements.
void write(std::string& text, const Tensor& tensor, Elements& elements, int dimension,
           bool summarize) {
  if (dimension == tensor.ndim()) {
    text += elements.next();
    return;
  }
  const bool innermost = dimension + 1 == tensor.ndim();
  const std::string indent(static_cast<std::size_t>(dimension) + 1, ' ');
  const std::string newline(innermost ? 1 : static_cast<std::size_t>(tensor.ndim() - dimension - 1),
                            '\n');
  std::size_t line = indent.size();
  text += '[';
  bool first = true;
  for (const std::int64_t place : shown(tensor.dim(dimension), summarize)) {
    std::string part;
    if (place < 0) {
      part = "...";
    } else {
      write(part, tensor, elements, dimension + 1, summarize);
    }
    if (!first) {
      const bool wraps = innermost && line + 1 + part.size() > kLineWidth;
      text += innermost && !wraps ? " " : newline + indent;
      if (wraps) line = indent.size();
    }
    line += part.size() + 1;
    text += part;
    first = false;
  }
  text += ']';
}

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "undefined tensor";
  if (tensor.is_traced()) return fmt::format("traced tensor {}", tensor.spec());
  if (tensor.size() == 0) return fmt::format("[] (empty {})", tensor.spec());
  const bool summarize = tensor.size() > kSummarizeAbove;
  Elements elements(tensor, summarize);
  std::string text;
  write(text, tensor, elements, 0, summarize);
  return text;
}

}  // namespace linseed
