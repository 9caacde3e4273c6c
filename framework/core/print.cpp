// Tensors as text, in the manner of NumPy.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <linseed/framework/core/tensor.h>

namespace linseed {
namespace {

constexpr std::int64_t kSummarizeAbove = 1000;  // elements
constexpr std::int64_t kEdge = 3;               // elements kept at either end of a dimension
constexpr std::size_t kLineWidth = 75;
constexpr std::size_t kPrecision = 8;  // digits after the point
constexpr double kScientificFrom = 1e8;
constexpr double kScientificBelow = 1e-4;
constexpr double kScientificRatio = 1000;  // of the largest to the smallest magnitude

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

/// The parts of a number's text: "-12" "5" "e+10" of -12.5e+10.
struct Digits {
  std::string whole;
  std::string fraction;
  std::string exponent;
};

/// The shortest digits that name `value`, or `precision` digits behind the point.
template <class T>
std::string to_text(T value, std::chars_format format, int precision = -1) {
  std::array<char, 512> text;  // the longest double has 309 digits before the point
  char* const end = text.data() + text.size();
  const auto result = precision < 0 ? std::to_chars(text.data(), end, value, format)
                                    : std::to_chars(text.data(), end, value, format, precision);
  return {text.data(), result.ptr};
}

/// The shortest digits that name `value`, at most kPrecision of them behind the point.
template <class T>
Digits digits_of(T value, std::chars_format format) {
  const auto split = [](const std::string& text) {
    const std::size_t exponent = std::min(text.find('e'), text.size());
    const std::size_t point = std::min(text.find('.'), exponent);
    const std::size_t fraction = std::min(point + 1, exponent);
    return Digits{text.substr(0, point), text.substr(fraction, exponent - fraction),
                  text.substr(exponent)};
  };
  Digits digits = split(to_text(value, format));
  if (digits.fraction.size() > kPrecision) {
    digits = split(to_text(value, format, static_cast<int>(kPrecision)));
    while (!digits.fraction.empty() && digits.fraction.back() == '0') digits.fraction.pop_back();
  }
  return digits;
}

/// The float with the fewest digits that rounds to `value`: printed shortly, it is what `value` is
/// called among its kind. 0.1 in bfloat16 is 0.1, not 0.10009766.
template <HalfElement T>
float short_name(T value) {
  for (int precision = 0; precision <= std::numeric_limits<T>::max_digits10; ++precision) {
    const std::string text =
        to_text(static_cast<float>(value), std::chars_format::scientific, precision);
    float shorter = 0;
    std::from_chars(text.data(), text.data() + text.size(), shorter);
    if (T(shorter).bits() == value.bits()) return shorter;
  }
  return value;  // infinity or NaN
}

/// "inf", "-inf", or "nan" whatever its sign: 0 / 0 has one on x86.
template <class T>
std::string not_finite(T value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

/// A single number, as Python prints it: 5.0, 0.1, 1e-10.
template <class T>
std::string number(T value) {
  if (!std::isfinite(value)) return not_finite(value);
  const double magnitude = std::abs(static_cast<double>(value));
  const bool scientific = magnitude != 0 && (magnitude < kScientificBelow || magnitude >= 1e16);
  const std::string text =
      to_text(value, scientific ? std::chars_format::scientific : std::chars_format::fixed);
  return scientific || text.find('.') != std::string::npos ? text : text + ".0";
}

std::string padded(std::size_t width, const std::string& text) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

/// Numbers of equal width, their points below each other; all scientific if one needs it.
template <class T>
std::vector<std::string> column(const std::vector<T>& values) {
  T largest = 0;
  T smallest = std::numeric_limits<T>::max();
  for (const T value : values) {
    const T magnitude = std::abs(value);
    if (!std::isfinite(magnitude) || magnitude == 0) continue;
    largest = std::max(largest, magnitude);
    smallest = std::min(smallest, magnitude);
  }
  const bool scientific =
      largest > 0 && (static_cast<double>(largest) >= kScientificFrom ||
                      static_cast<double>(smallest) < kScientificBelow ||
                      static_cast<double>(largest / smallest) > kScientificRatio);

  std::vector<Digits> parts;
  std::size_t whole = 0;
  std::size_t fraction = 0;
  std::size_t exponent = 0;
  for (const T value : values) {
    Digits& part = parts.emplace_back();
    if (!std::isfinite(value)) continue;
    part = digits_of(value, scientific ? std::chars_format::scientific : std::chars_format::fixed);
    whole = std::max(whole, part.whole.size());
    fraction = std::max(fraction, part.fraction.size());
    exponent = std::max(exponent, part.exponent.size());
  }
  std::size_t width = whole + 1 + fraction + exponent;
  for (const T value : values) {  // inf and nan stand at the right, and may need more room
    if (!std::isfinite(value)) width = std::max(width, not_finite(value).size());
  }

  std::vector<std::string> texts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Digits& part = parts[i];
    if (!std::isfinite(values[i])) {
      texts.push_back(padded(width, not_finite(values[i])));
      continue;
    }
    part.fraction.append(fraction - part.fraction.size(), scientific ? '0' : ' ');
    if (scientific) part.exponent.insert(2, exponent - part.exponent.size(), '0');
    texts.push_back(padded(width, part.whole + '.' + part.fraction + part.exponent));
  }
  return texts;
}

/// Turns the shown elements of one tensor into texts of equal width.
class Elements {
 public:
  Elements(const Tensor& tensor, bool summarize) {
    const auto strides = row_major_strides(tensor.shape());
    collect(tensor.shape(), strides, 0, 0, summarize);
    visit_dtype(tensor.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* data = static_cast<const T*>(tensor.raw_data());
      if constexpr (HalfElement<T>) {
        std::vector<float> names;
        for (const std::int64_t offset : offsets_) names.push_back(short_name(data[offset]));
        format(names, tensor.ndim() == 0);
      } else {
        std::vector<T> values;
        for (const std::int64_t offset : offsets_) values.push_back(data[offset]);
        format(values, tensor.ndim() == 0);
      }
    });
  }

  const std::string& next() { return texts_[next_++]; }

 private:
  void collect(const Shape& shape, const std::vector<std::int64_t>& strides, int dimension,
               std::int64_t offset, bool summarize) {
    if (dimension == shape.ndim()) return offsets_.push_back(offset);
    for (const std::int64_t place : shown(shape[dimension], summarize)) {
      if (place < 0) continue;
      collect(shape, strides, dimension + 1,
              offset + place * strides[static_cast<std::size_t>(dimension)], summarize);
    }
  }

  template <class T>
  void format(const std::vector<T>& values, bool alone) {
    if constexpr (std::is_floating_point_v<T>) {
      texts_ = alone ? std::vector{number(values.front())} : column(values);
    } else {
      std::size_t width = std::same_as<T, bool> && !alone ? 5 : 0;
      for (const T value : values) {
        if constexpr (std::same_as<T, bool>) {
          texts_.push_back(value ? "True" : "False");
        } else {
          texts_.push_back(fmt::format("{}", value));
        }
        if (!alone) width = std::max(width, texts_.back().size());
      }
      for (std::string& text : texts_) text = padded(width, text);
    }
  }

  std::vector<std::int64_t> offsets_;
  std::vector<std::string> texts_;
  std::size_t next_ = 0;
};

/// Writes brackets, separators and line breaks around the elements.
class Writer {
 public:
  Writer(const Tensor& tensor, bool summarize)
      : shape_(tensor.shape()), summarize_(summarize), elements_(tensor, summarize) {}

  std::string text() { return shape_.ndim() == 0 ? elements_.next() : part(0); }

 private:
  std::string part(int dimension) {
    const std::string indent(static_cast<std::size_t>(dimension) + 1, ' ');
    const int inside = shape_.ndim() - dimension - 1;
    const auto places = shown(shape_[dimension], summarize_);
    if (inside == 0) return row(places, indent);
    std::string text = "[";
    for (const std::int64_t place : places) {
      if (text.size() > 1) text += std::string(static_cast<std::size_t>(inside), '\n') + indent;
      text += place < 0 ? "..." : part(dimension + 1);
    }
    return text + ']';
  }

  /// The innermost dimension, wrapped so that the brackets closing behind it fit too.
  std::string row(const std::vector<std::int64_t>& places, const std::string& indent) {
    const std::size_t width = kLineWidth - indent.size();
    std::string text;
    std::string line = indent;
    for (const std::int64_t place : places) {
      const std::string word = place < 0 ? "..." : elements_.next();
      if (line.size() + word.size() > width && line.size() > indent.size()) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
        line = indent;
      }
      line += word + ' ';
    }
    line.pop_back();
    text += line;
    return '[' + text.substr(indent.size()) + ']';
  }

  const Shape& shape_;
  bool summarize_;
  Elements elements_;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "undefined tensor";
  if (tensor.is_traced()) return fmt::format("traced tensor {}", tensor.spec());
  if (tensor.size() == 0) return fmt::format("[] (empty {})", tensor.spec());
  return Writer(tensor, tensor.size() > kSummarizeAbove).text();
}

}  // namespace linseed
