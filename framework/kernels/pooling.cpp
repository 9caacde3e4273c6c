// Pooling and its adjoints: loops over windows, channels innermost.
#include <linseed/framework/kernels/pooling.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/floating.h>

namespace linseed::kernels {
namespace {

struct Geometry {
  WindowGrid grid;
  std::int64_t images;
  std::int64_t output_rows;  // of all planes
  std::int64_t channels;

  std::int64_t input_size() const { return grid.pixels() * channels; }
  std::int64_t output_row_size() const { return grid.output_width * channels; }
  std::int64_t output_size() const { return output_rows * output_row_size(); }
  /// Work for one row of windows, in ns, when all their places are visited.
  double row_cost() const { return static_cast<double>(output_row_size() * grid.places()); }
};

/// x and y are [n,spatial…,c].
Geometry make_geometry(const KernelCall& call, const Shape& y) {
  const auto& attributes = call.attributes_as<PoolingAttributes>();
  const Spatial output = spatial_sizes(y, 1, 1);
  return {.grid = {.window = attributes.window,
                   .window_size = attributes.window_size,
                   .input_size = attributes.input_size,
                   .output_height = output[1],
                   .output_width = output[2]},
          .images = y[0],
          .output_rows = output[0] * output[1],
          .channels = y[y.ndim() - 1]};
}

/// Runs body(image, placed window, output) over all output positions, where output is the place of
/// the position's first channel among all outputs; one item is one output row.
template <class Body>
void for_each_output(const KernelCall& call, const Geometry& geometry, double row_cost, Body body) {
  call.parallel_for(
      geometry.images * geometry.output_rows, row_cost, [&](std::int64_t begin, std::int64_t end) {
        std::int64_t output = begin * geometry.output_row_size();
        for (std::int64_t item = begin; item < end; ++item) {
          const std::int64_t row = item % geometry.output_rows;
          for_each_position(geometry.grid, {row, row + 1}, [&](const PlacedWindow& at) {
            body(item / geometry.output_rows, at, output);
            output += geometry.channels;
          });
        }
      });
}

/// Whether `candidate` takes the place of `best`: it is larger, or the first NaN.
template <class T>
bool wins(T candidate, T best) {
  if constexpr (std::is_floating_point_v<T>) {
    return !(candidate <= best) & (best == best);
  } else {
    return candidate > best;
  }
}

template <class T>
constexpr T lowest() {
  if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::lowest();
}

/// The running maxima of a few channels. Places are as wide as values, so that both move through
/// the same vector instructions.
template <class T, class Position>
class Maxima {
 public:
  static constexpr std::int64_t kChannels = 64;

  void reset(std::int64_t channels) {
    channels_ = channels;
    std::fill_n(values_, channels, lowest<T>());
    std::fill_n(places_, channels, Place{0});
    is_empty_ = true;
  }

  void visit(std::int64_t place, const T* candidates) {
    const Place here = static_cast<Place>(place);
    if (is_empty_) {
      std::copy_n(candidates, channels_, values_);
      std::fill_n(places_, channels_, here);
      is_empty_ = false;
      return;
    }
    for (std::int64_t i = 0; i < channels_; ++i) {
      const bool is_new = wins(candidates[i], values_[i]);
      values_[i] = is_new ? candidates[i] : values_[i];
      places_[i] = is_new ? here : places_[i];
    }
  }

  void store(T* values, Position* positions) const {
    std::copy_n(values_, channels_, values);
    for (std::int64_t i = 0; i < channels_; ++i) positions[i] = static_cast<Position>(places_[i]);
  }

 private:
  using Place = std::conditional_t<sizeof(T) == 8, std::int64_t,
                                   std::conditional_t<sizeof(T) == 4, std::int32_t, Position>>;

  T values_[kChannels];
  Place places_[kChannels];
  std::int64_t channels_ = 0;
  bool is_empty_ = true;
};

template <class T, class Position>
void max_pool_as(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& y = call.outputs[0];
  const Array& position = call.outputs[1];
  if (y.size() == 0) return;
  const Geometry geometry = make_geometry(call, y.shape);
  const std::int64_t channels = geometry.channels;

  using Block = Maxima<T, Position>;
  const auto pool = [&](std::int64_t image, const PlacedWindow& at, std::int64_t output) {
    const T* image_data = x.as<T>() + image * geometry.input_size();
    Block maxima;
    for (std::int64_t channel = 0; channel < channels; channel += Block::kChannels) {
      maxima.reset(std::min(Block::kChannels, channels - channel));
      for_each_place(geometry.grid, at, [&](std::int64_t place, std::int64_t pixel) {
        maxima.visit(place, image_data + pixel * channels + channel);
      });
      maxima.store(y.as<T>() + output + channel, position.as<Position>() + output + channel);
    }
  };
  for_each_output(call, geometry, geometry.row_cost(), pool);
}

/// Calls `f` with a zero of the type of max_pool's positions.
template <class F>
void visit_position(DType dtype, F&& f) {
  switch (dtype) {
    case uint8: return f(std::uint8_t{});
    case int32: return f(std::int32_t{});
    default: throw InternalError("max_pool: positions are uint8 or int32, not {}", name(dtype));
  }
}

/// Offsets into the image of all places of a window; -1 for a place on padding.
void offsets_of_places(const Geometry& geometry, const PlacedWindow& at,
                       std::vector<std::int64_t>& offsets) {
  offsets.assign(static_cast<std::size_t>(geometry.grid.places()), -1);
  for_each_place(geometry.grid, at, [&](std::int64_t place, std::int64_t pixel) {
    offsets[static_cast<std::size_t>(place)] = pixel * geometry.channels;
  });
}

template <class T, class Position>
void max_unpool_image(const Geometry& geometry, const T* dy, const Position* position, T* dx) {
  std::vector<std::int64_t> offsets;
  std::fill_n(dx, geometry.input_size(), T{0});
  for_each_position(geometry.grid, {0, geometry.output_rows}, [&](const PlacedWindow& at) {
    offsets_of_places(geometry, at, offsets);
    for (std::int64_t channel = 0; channel < geometry.channels; ++channel) {
      const std::int64_t offset = offsets[static_cast<std::size_t>(*position++)];
      const T gradient = *dy++;
      // Position 0 of a window that lies on padding altogether.
      if (offset >= 0) dx[offset + channel] += gradient;
    }
  });
}

template <class T, class Position>
void max_unpool_as(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const Array& position = call.inputs[1];
  const Array& dx = call.outputs[0];
  if (dx.size() == 0) return;
  const Geometry geometry = make_geometry(call, dy.shape);
  const double cost = static_cast<double>(geometry.input_size() + 2 * geometry.output_size());
  call.parallel_for(geometry.images, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image) {
      max_unpool_image(geometry, dy.as<T>() + image * geometry.output_size(),
                       position.as<Position>() + image * geometry.output_size(),
                       dx.as<T>() + image * geometry.input_size());
    }
  });
}

template <class T, class Position>
void max_pool_select_as(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& position = call.inputs[1];
  const Array& y = call.outputs[0];
  if (y.size() == 0) return;
  const Geometry geometry = make_geometry(call, y.shape);
  const double cost = 2 * static_cast<double>(geometry.output_row_size());
  call.parallel_for(
      geometry.images * geometry.output_rows, cost, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int64_t> offsets;
        const Position* places = position.as<Position>() + begin * geometry.output_row_size();
        T* target = y.as<T>() + begin * geometry.output_row_size();
        for (std::int64_t item = begin; item < end; ++item) {
          const T* image = x.as<T>() + item / geometry.output_rows * geometry.input_size();
          const std::int64_t row = item % geometry.output_rows;
          for_each_position(geometry.grid, {row, row + 1}, [&](const PlacedWindow& at) {
            offsets_of_places(geometry, at, offsets);
            for (std::int64_t channel = 0; channel < geometry.channels; ++channel) {
              const std::int64_t offset = offsets[static_cast<std::size_t>(*places++)];
              *target++ = offset >= 0 ? image[offset + channel] : T{0};
            }
          });
        }
      });
}

template <class T>
void sum_pool_as(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& y = call.outputs[0];
  if (y.size() == 0) return;
  const Geometry geometry = make_geometry(call, y.shape);
  const std::int64_t channels = geometry.channels;
  const auto pool = [&](std::int64_t image, const PlacedWindow& at, std::int64_t output) {
    const T* image_data = x.as<T>() + image * geometry.input_size();
    T* sums = y.as<T>() + output;
    std::fill_n(sums, channels, T{0});
    for_each_place(geometry.grid, at, [&](std::int64_t, std::int64_t pixel) {
      const T* terms = image_data + pixel * channels;
      for (std::int64_t c = 0; c < channels; ++c) sums[c] += terms[c];
    });
  };
  for_each_output(call, geometry, geometry.row_cost(), pool);
}

template <class T>
void sum_unpool_image(const Geometry& geometry, const T* dy, T* dx) {
  const std::int64_t channels = geometry.channels;
  std::fill_n(dx, geometry.input_size(), T{0});
  for_each_position(geometry.grid, {0, geometry.output_rows}, [&](const PlacedWindow& at) {
    for_each_place(geometry.grid, at, [&](std::int64_t, std::int64_t pixel) {
      T* target = dx + pixel * channels;
      for (std::int64_t c = 0; c < channels; ++c) target[c] += dy[c];
    });
    dy += channels;
  });
}

template <class T>
void sum_unpool_as(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const Array& dx = call.outputs[0];
  if (dx.size() == 0) return;
  const Geometry geometry = make_geometry(call, dy.shape);
  const double cost = geometry.row_cost() * static_cast<double>(geometry.output_rows) +
                      static_cast<double>(geometry.input_size());
  call.parallel_for(geometry.images, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image) {
      sum_unpool_image(geometry, dy.as<T>() + image * geometry.output_size(),
                       dx.as<T>() + image * geometry.input_size());
    }
  });
}

}  // namespace

void max_pool(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool>) {
      throw InternalError("max_pool: dtype bool should have been ruled out by the op");
    } else {
      visit_position(call.outputs[1].dtype,
                     [&](auto position) { max_pool_as<T, decltype(position)>(call); });
    }
  });
}

void max_unpool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    visit_position(call.inputs[1].dtype,
                   [&](auto position) { max_unpool_as<decltype(zero), decltype(position)>(call); });
  });
}

void max_pool_select(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    visit_position(call.inputs[1].dtype, [&](auto position) {
      max_pool_select_as<decltype(zero), decltype(position)>(call);
    });
  });
}

void sum_pool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) { sum_pool_as<decltype(zero)>(call); });
}

void sum_unpool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) { sum_unpool_as<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
