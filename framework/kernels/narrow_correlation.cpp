// The input is laid out by channels, in planes with zeros around them. There all positions of a
// plane, with the zeros between its lines, are the columns of one sum of products, whose rows are
// the output channels; so a vector is full whatever their number. What it computes between the
// lines is left out when the output's channels are put side by side again.
#include <linseed/framework/kernels/narrow_correlation.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/transpose.h>

namespace linseed::kernels {
namespace {

/// So many items of work, if the shapes allow: images, or bands of them ...
constexpr std::int64_t kItems = 16;
/// ... of planes that stay in a core's second-level cache.
constexpr std::int64_t kItemBytes = 256 * 1024;

/// Positions [begin, end) along a dimension, of which each tap reads the input from `low` to `high`
/// further on.
struct Extent {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t low;
  std::int64_t high;

  explicit Extent(const TapAxis& axis)
      : begin(0),
        end(axis.count),
        low(std::ranges::min(axis.taps, {}, &Tap::offset).offset),
        high(std::ranges::max(axis.taps, {}, &Tap::offset).offset) {}

  std::int64_t positions() const { return end - begin; }
  /// Of the input, what is read.
  std::int64_t size() const { return positions() + high - low; }
  std::int64_t first() const { return begin + low; }
};

using Extents = std::array<Extent, 3>;

/// Planes of `size` for each channel, with zeros around what is inside of the input.
struct Planes {
  Spatial size;
  std::int64_t stride;  // from one to the next

  explicit Planes(const Spatial& plane)
      : size(plane),
        // An odd number of lines apart, they do not compete for the same lines of a cache.
        stride(((volume(plane) + 15) / 16 | 1) * 16) {}

  /// Elements, with a vector behind them.
  template <class T>
  std::int64_t elements(std::int64_t channels) const {
    return stride * channels + vector_lanes<T>();
  }
};

/// A band of images: its sum of products.
class Band {
 public:
  Band(const Correlation& c, const Planes& planes, const Extents& extents)
      : c_(&c), planes_(planes), extents_(extents) {
    const Spatial last{extents[0].positions() - 1, extents[1].positions() - 1,
                       extents[2].positions() - 1};
    columns_ = row_major(planes.size, last) + 1;
    const std::int64_t place_size = c.in_channels * c.out_channels;
    const TapAxes& axes = c.parts.front();
    for (const Tap& i : axes[0].taps) {
      for (const Tap& j : axes[1].taps) {
        for (const Tap& k : axes[2].taps) {
          const Spatial from{i.offset - extents[0].low, j.offset - extents[1].low,
                             k.offset - extents[2].low};
          terms_.push_back({row_major(c.window_size, {i.place, j.place, k.place}) * place_size,
                            row_major(planes.size, from)});
        }
      }
    }
  }

  std::int64_t output_elements() const { return columns_ * c_->out_channels; }

  /// Of one image. `planes` hold zeros beside what any band has laid out there; `sums` are of
  /// output_elements(); `next_input` is fetched meanwhile, if there is one.
  template <class T>
  void compute(const T* input, const T* next_input, const T* kernel, T* output, T* planes,
               T* sums) const {
    lay_out(input, planes);
    const std::int64_t bytes =
        volume(c_->input_size) * c_->in_channels * static_cast<std::int64_t>(sizeof(T));
    SumOfProducts<T>{.m = c_->out_channels,
                     .n = columns_,
                     .depth = c_->in_channels,
                     .terms = terms_,
                     .a = kernel,
                     .a_row = 1,
                     .a_column = c_->out_channels,
                     .b = planes,
                     .b_row = planes_.stride,
                     .output = sums,
                     .output_row = columns_,
                     .store = Store::assign,
                     .ahead = {next_input, next_input == nullptr ? 0 : 1, bytes, 0}}
        .compute();
    gather(sums, output);
  }

 private:
  template <class T>
  void lay_out(const T* input, T* planes) const {
    const std::int64_t channels = c_->in_channels;
    // Of each line, the part [first, last) is inside of the input.
    const std::int64_t width = planes_.size[2];
    const std::int64_t first = std::clamp<std::int64_t>(-extents_[2].first(), 0, width);
    const std::int64_t last = std::clamp(c_->input_size[2] - extents_[2].first(), first, width);
    for (std::int64_t i = 0; i < extents_[0].size(); ++i) {
      for (std::int64_t j = 0; j < extents_[1].size(); ++j) {
        T* const line = planes + row_major(planes_.size, {i, j, first});
        const Spatial from{extents_[0].first() + i, extents_[1].first() + j,
                           extents_[2].first() + first};
        if (is_inside(from[0], 0) && is_inside(from[1], 1)) {
          transpose(last - first, channels, input + row_major(c_->input_size, from) * channels,
                    channels, line, planes_.stride);
        } else {
          for (std::int64_t c = 0; c < channels; ++c) {
            std::fill_n(line + c * planes_.stride, last - first, T{0});
          }
        }
      }
    }
  }

  bool is_inside(std::int64_t index, std::size_t d) const {
    return index >= 0 && index < c_->input_size[d];
  }

  template <class T>
  void gather(const T* sums, T* output) const {
    const std::int64_t channels = c_->out_channels;
    for (std::int64_t i = 0; i < extents_[0].positions(); ++i) {
      for (std::int64_t j = 0; j < extents_[1].positions(); ++j) {
        const Spatial to{extents_[0].begin + i, extents_[1].begin + j, extents_[2].begin};
        transpose(channels, extents_[2].positions(), sums + row_major(planes_.size, {i, j, 0}),
                  columns_, output + row_major(c_->output_size, to) * channels, channels);
      }
    }
  }

  const Correlation* c_;
  Planes planes_;
  Extents extents_;
  std::int64_t columns_;
  std::vector<TermOffsets> terms_;
};

/// How images are cut into bands, by their shape alone.
struct Bands {
  Planes planes;  // of the largest
  std::vector<Band> all = {};
  bool are_along_width = false;  // then each has its own zeros beside its lines

  template <class T>
  static Bands of(const Correlation& c) {
    const TapAxes& axes = c.parts.front();
    const Extents whole{Extent(axes[0]), Extent(axes[1]), Extent(axes[2])};
    Spatial size{whole[0].size(), whole[1].size(), whole[2].size()};
    const std::int64_t bytes =
        Planes(size).elements<T>(c.in_channels) * static_cast<std::int64_t>(sizeof(T));
    std::size_t d = 0;  // the dimension that is cut
    while (d < 2 && whole[d].positions() == 1) ++d;
    const std::int64_t positions = whole[d].positions();
    // A band of fewer lines than a window would read most of them twice.
    const std::int64_t most = std::max<std::int64_t>(positions / (size[d] - positions + 1), 1);
    const std::int64_t count =
        std::clamp<std::int64_t>(std::max(kItems / c.images, bytes / kItemBytes), 1, most);
    size[d] -= positions - (positions + count - 1) / count;
    Bands bands{.planes = Planes(size), .are_along_width = d == 2 && count > 1};
    for (std::int64_t band = 0; band < count; ++band) {
      Extents extents = whole;
      extents[d].begin = band * positions / count;
      extents[d].end = (band + 1) * positions / count;
      bands.all.emplace_back(c, bands.planes, extents);
    }
    return bands;
  }
};

}  // namespace

template <class T>
bool is_narrow(const Correlation& c) {
  const bool is_dense =
      c.parts.size() == 1 && std::ranges::all_of(c.parts.front(), [](const TapAxis& axis) {
        return axis.stride == 1 && axis.step == 1 && !axis.taps.empty();
      });
  return is_dense && c.groups == 1 && 2 * c.out_channels < vector_lanes<T>() &&
         volume(c.output_size) >= vector_lanes<T>();
}

template <class T>
void compute_narrow(const KernelCall& call, const Correlation& c, const T* input, const T* kernel,
                    T* output) {
  if (volume(c.output_size) * c.images * c.out_channels == 0) return;
  const Bands bands = Bands::of<T>(c);
  const auto bytes_of = [](std::int64_t elements) {
    return static_cast<std::size_t>(elements) * sizeof(T);
  };
  const auto planes_elements = bands.planes.elements<T>(c.in_channels);
  const auto sums_elements =
      std::ranges::max(bands.all, {}, &Band::output_elements).output_elements();
  const auto count = static_cast<std::int64_t>(bands.all.size());
  const double cost = cost_of_products<T>(c.out_channels, volume(c.output_size),
                                          volume(c.window_size) * c.in_channels) /
                      static_cast<double>(count);
  call.parallel_for(c.images * count, cost, [&](std::int64_t begin, std::int64_t end) {
    Buffer planes_memory(bytes_of(planes_elements)), sums_memory(bytes_of(sums_elements));
    T* const planes_data = static_cast<T*>(planes_memory.data());
    for (std::int64_t item = begin; item < end; ++item) {
      if (item == begin || bands.are_along_width) {
        std::fill_n(planes_data, planes_elements, T{0});
      }
      const std::int64_t image = item / count;
      const std::int64_t pixels = volume(c.input_size) * c.in_channels;
      const T* const image_input = input + image * pixels;
      bands.all[static_cast<std::size_t>(item % count)].compute(
          image_input, count == 1 && item + 1 < end ? image_input + pixels : nullptr, kernel,
          output + image * volume(c.output_size) * c.out_channels, planes_data,
          static_cast<T*>(sums_memory.data()));
    }
  });
}

template bool is_narrow<float>(const Correlation&);
template bool is_narrow<double>(const Correlation&);
template void compute_narrow(const KernelCall&, const Correlation&, const float*, const float*,
                             float*);
template void compute_narrow(const KernelCall&, const Correlation&, const double*, const double*,
                             double*);

}  // namespace linseed::kernels
