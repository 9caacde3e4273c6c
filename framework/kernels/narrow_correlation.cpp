// The input is laid out by channels, in planes with zeros around them. There all positions of a
// plane, with the zeros between its lines, are the columns of one sum of products, whose rows are
// the output channels; so a vector is full whatever their number. What it computes between the
// lines is left out when the output's channels are put side by side again. An output that is made
// of several parts, one for each residue by a stride, is a sum for each.
#include <linseed/framework/kernels/narrow_correlation.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/transpose.h>

namespace linseed::kernels {
namespace {

/// So many items of work, if the shapes allow: images, or bands of them worth so many ns, ...
constexpr std::int64_t kItems = 16;
constexpr double kItemWork = 20'000;
/// ... whose planes stay in a core's second-level cache.
constexpr std::int64_t kItemBytes = 256 * 1024;
/// Of an element that is laid out or gathered, in ns; it takes as long as a product of vectors.
constexpr double kMoveCost = 0.5;

/// Positions [begin, end) along a dimension, whose taps read the input from `low` to `high` further
/// on.
struct Extent {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();

  void include(const TapAxis& axis) {
    end = std::max(end, axis.count);
    for (const Tap& tap : axis.taps) {
      low = std::min(low, tap.offset);
      high = std::max(high, tap.offset);
    }
  }

  std::int64_t positions() const { return end - begin; }
  /// Of the input, what is read, from `first` on.
  std::int64_t size() const { return positions() + high - low; }
  std::int64_t first() const { return begin + low; }
  /// Bands of fewer lines than a window would read most of them twice.
  std::int64_t most_bands() const {
    return std::max<std::int64_t>(positions() / (high - low + 1), 1);
  }
};

using Extents = std::array<Extent, 3>;

/// Of all parts together.
Extents extents_of(const Correlation& c) {
  Extents extents;
  for (const TapAxes& axes : c.parts) {
    for (std::size_t d = 0; d < extents.size(); ++d) extents[d].include(axes[d]);
  }
  return extents;
}

Spatial size_of(const Extents& extents) {
  return {extents[0].size(), extents[1].size(), extents[2].size()};
}

/// The columns of the sum of products: up to the last position, in lines of a plane.
std::int64_t columns_of(const Extents& extents, const Spatial& plane) {
  const Spatial last{extents[0].positions() - 1, extents[1].positions() - 1,
                     extents[2].positions() - 1};
  return row_major(plane, last) + 1;
}

/// How a correlation is computed, by its shape alone.
template <class T>
class Narrow {
 public:
  explicit Narrow(const Correlation& c) : c_(c) {
    const Extents whole = extents_of(c);
    plane_ = size_of(whole);
    cut(whole);
    // Planes an odd number of lines apart do not compete for the same lines of a cache.
    constexpr std::int64_t kLine = 64 / sizeof(T);
    plane_stride_ = ((volume(plane_) + kLine - 1) / kLine | 1) * kLine;
    for (const TapAxes& axes : c.parts) parts_.push_back({axes, terms_of(axes, whole)});
  }

  void compute(const KernelCall& call, const T* input, const T* kernel, T* output) const {
    const auto bands = static_cast<std::int64_t>(bands_.size());
    const double cost = 1000 + image_cost() / static_cast<double>(bands);
    call.parallel_for(c_.images * bands, cost, [&](std::int64_t begin, std::int64_t end) {
      Buffer planes(static_cast<std::size_t>(planes_size()) * sizeof(T));
      Buffer sums(static_cast<std::size_t>(columns_of(bands_.back(), plane_) * c_.out_channels) *
                  sizeof(T));
      T* const laid_out = static_cast<T*>(planes.data());
      T* const summed = static_cast<T*>(sums.data());
      for (std::int64_t item = begin; item < end; ++item) {
        if (item == begin || is_cut_along_width_) std::fill_n(laid_out, planes_size(), T{0});
        const std::int64_t image = item / bands;
        const Extents& band = bands_[static_cast<std::size_t>(item % bands)];
        const T* const from = input + image * input_size();
        const T* next = bands == 1 && item + 1 < end ? from + input_size() : nullptr;
        T* const to = output + image * volume(c_.output_size) * c_.out_channels;
        lay_out(band, from, laid_out);
        for (const Part& part : parts_) {
          add_up(band, part, laid_out, kernel, std::exchange(next, nullptr), summed);
          gather(band, part, summed, to);
        }
      }
    });
  }

 private:
  struct Part {
    const TapAxes& axes;
    std::vector<TermOffsets> terms;
  };

  std::vector<TermOffsets> terms_of(const TapAxes& axes, const Extents& whole) const {
    std::vector<TermOffsets> terms;
    const std::int64_t place = c_.in_channels * c_.out_channels;
    for (const Tap& i : axes[0].taps) {
      for (const Tap& j : axes[1].taps) {
        for (const Tap& k : axes[2].taps) {
          const Spatial from{i.offset - whole[0].low, j.offset - whole[1].low,
                             k.offset - whole[2].low};
          terms.push_back({row_major(c_.window_size, {i.place, j.place, k.place}) * place,
                           row_major(plane_, from)});
        }
      }
    }
    return terms;
  }

  std::int64_t input_size() const { return volume(c_.input_size) * c_.in_channels; }
  /// With a vector behind the last plane.
  std::int64_t planes_size() const { return plane_stride_ * c_.in_channels + vector_lanes<T>(); }

  /// The work of an image, in ns.
  double image_cost() const {
    const std::int64_t moved = input_size() + volume(c_.output_size) * c_.out_channels;
    return kMoveCost * static_cast<double>(moved) +
           cost_of_products<T>(c_.out_channels, volume(c_.output_size),
                               volume(c_.window_size) * c_.in_channels) /
               static_cast<double>(c_.parts.size());
  }

  /// Into bands along the first dimension that allows enough of them, or that allows the most;
  /// planes are of the largest.
  void cut(const Extents& whole) {
    const std::int64_t bytes =
        volume(plane_) * c_.in_channels * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t for_threads = std::min((kItems + c_.images - 1) / c_.images,
                                              static_cast<std::int64_t>(image_cost() / kItemWork));
    const std::int64_t for_cache = (bytes + kItemBytes - 1) / kItemBytes;
    const std::int64_t wanted = std::max<std::int64_t>({for_threads, for_cache, 1});
    auto dimension = std::ranges::find_if(
        whole, [&](const Extent& extent) { return extent.most_bands() >= wanted; });
    if (dimension == whole.end()) {
      dimension = std::ranges::max_element(whole, {}, &Extent::most_bands);
    }
    const auto d = static_cast<std::size_t>(dimension - whole.begin());
    const std::int64_t count = std::min(wanted, dimension->most_bands());
    for (std::int64_t band = 0; band < count; ++band) {
      Extents& extents = bands_.emplace_back(whole);
      extents[d].begin = band * whole[d].end / count;
      extents[d].end = (band + 1) * whole[d].end / count;
    }
    plane_ = size_of(bands_.back());  // none has more positions
    is_cut_along_width_ = d == 2 && count > 1;
  }

  /// Into planes that are zero beside [first, last) of each line.
  void lay_out(const Extents& band, const T* input, T* planes) const {
    const std::int64_t channels = c_.in_channels;
    // Of each line, the part [first, last) is inside of the input.
    const std::int64_t first = std::clamp<std::int64_t>(-band[2].first(), 0, band[2].size());
    const std::int64_t last = std::clamp(c_.input_size[2] - band[2].first(), first, band[2].size());
    const auto is_inside = [&](std::int64_t index, std::size_t d) {
      return index >= 0 && index < c_.input_size[d];
    };
    for (std::int64_t i = 0; i < band[0].size(); ++i) {
      for (std::int64_t j = 0; j < band[1].size(); ++j) {
        T* const line = planes + row_major(plane_, {i, j, first});
        const Spatial from{band[0].first() + i, band[1].first() + j, band[2].first() + first};
        if (is_inside(from[0], 0) && is_inside(from[1], 1)) {
          transpose(last - first, channels, input + row_major(c_.input_size, from) * channels,
                    channels, line, plane_stride_);
        } else {
          for (std::int64_t c = 0; c < channels; ++c) {
            std::fill_n(line + c * plane_stride_, last - first, T{0});
          }
        }
      }
    }
  }

  void add_up(const Extents& band, const Part& part, const T* planes, const T* kernel,
              const T* next_input, T* sums) const {
    const std::int64_t columns = columns_of(band, plane_);
    const std::int64_t bytes =
        std::min(input_size() * static_cast<std::int64_t>(sizeof(T)), kItemBytes);
    SumOfProducts<T>{.m = c_.out_channels,
                     .n = columns,
                     .depth = c_.in_channels,
                     .terms = part.terms,
                     .a = kernel,
                     .a_row = 1,
                     .a_column = c_.out_channels,
                     .b = planes,
                     .b_row = plane_stride_,
                     .output = sums,
                     .output_row = columns,
                     .store = Store::assign,
                     .ahead = {Ahead{next_input, next_input == nullptr ? 0 : 1, bytes, 0}}}
        .compute();
  }

  void gather(const Extents& band, const Part& part, const T* sums, T* output) const {
    const std::int64_t channels = c_.out_channels, columns = columns_of(band, plane_);
    const auto& [depth, height, width] = part.axes;
    // The part may have a position less than others.
    const auto end = [](const Extent& extent, const TapAxis& axis) {
      return std::min(extent.end, axis.count);
    };
    const std::int64_t pixels = end(band[2], width) - band[2].begin;
    if (pixels <= 0) return;
    for (std::int64_t i = band[0].begin; i < end(band[0], depth); ++i) {
      for (std::int64_t j = band[1].begin; j < end(band[1], height); ++j) {
        const Spatial from{i - band[0].begin, j - band[1].begin, 0};
        const Spatial to{depth.first + depth.step * i, height.first + height.step * j,
                         width.first + width.step * band[2].begin};
        transpose(channels, pixels, sums + row_major(plane_, from), columns,
                  output + row_major(c_.output_size, to) * channels, channels * width.step);
      }
    }
  }

  const Correlation& c_;
  std::vector<Extents> bands_;
  bool is_cut_along_width_ = false;  // then each band has its own zeros beside its lines
  Spatial plane_;
  std::int64_t plane_stride_;  // from one channel's to the next
  std::vector<Part> parts_;
};

}  // namespace

template <class T>
bool is_narrow(const Correlation& c) {
  // Shorter ones end in narrow tiles, which wait for their own sums.
  constexpr std::int64_t kEnoughVectors = 8;
  const std::int64_t lanes = vector_lanes<T>();
  const auto parts = static_cast<std::int64_t>(c.parts.size());
  const std::int64_t fewest = kEnoughVectors * lanes * parts;
  if (c.groups > 1 || c.out_channels >= lanes || volume(c.output_size) < fewest) return false;
  const auto moves_by_one = [](const TapAxes& axes) {
    return std::ranges::all_of(
        axes, [](const TapAxis& axis) { return axis.stride == 1 && !axis.taps.empty(); });
  };
  if (!std::ranges::all_of(c.parts, moves_by_one)) return false;
  // Products of vectors for a channel: of positions, with all that lies between them, ...
  const Extents whole = extents_of(c);
  const double vectors = static_cast<double>(columns_of(whole, size_of(whole)) * c.out_channels) /
                         static_cast<double>(lanes);
  double by_positions = 0;
  // ... and of output channels, one for each tap that is inside of the input, and some more in
  // which the tiles of a box come to their end.
  constexpr double kOfBox = 8;
  double by_channels = 0;
  for (const TapAxes& axes : c.parts) {
    double taps = 1, inside = 1;
    for (std::size_t d = 0; d < whole.size(); ++d) {
      taps *= static_cast<double>(axes[d].taps.size());
      inside *= static_cast<double>(taps_inside(axes[d], c.input_size[d]));
    }
    by_positions += vectors * taps;
    const auto [depth, height, width] = tap_segments(axes, c.input_size);
    by_channels +=
        inside + kOfBox * static_cast<double>(depth.size() * height.size() * width.size());
  }
  // Each element is laid out first. Measured on AVX2 and AVX-512, what is chosen so takes 0.3 to
  // 0.8 of the time.
  return by_positions + static_cast<double>(volume(c.input_size)) < by_channels;
}

template <class T>
void compute_narrow(const KernelCall& call, const Correlation& c, const T* input, const T* kernel,
                    T* output) {
  if (c.images > 0 && c.out_channels > 0) Narrow<T>(c).compute(call, input, kernel, output);
}

template bool is_narrow<float>(const Correlation&);
template bool is_narrow<double>(const Correlation&);
template void compute_narrow(const KernelCall&, const Correlation&, const float*, const float*,
                             float*);
template void compute_narrow(const KernelCall&, const Correlation&, const double*, const double*,
                             double*);

}  // namespace linseed::kernels
