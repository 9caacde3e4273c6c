// Convolution as a product with the matrix of patches, a band of output rows at a time, so that
// the patches stay in cache; with groups, a product for each.
#include <linseed/framework/kernels/convolution.h>

#include <algorithm>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/depthwise.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/matrix_product.h>
#include <linseed/framework/kernels/patches.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kPatchBytes = 256 * 1024;

/// Chunks of the batch in the kernel gradient: enough for eight threads, few enough that a chunk's
/// own copy of the kernel costs little.
constexpr std::int64_t kMaxChunks = 8;

struct Geometry {
  PatchGrid grid;  // the patches of one group
  std::int64_t images;
  std::int64_t output_rows;  // of all planes
  std::int64_t groups;
  std::int64_t features;   // of all groups
  std::int64_t band_rows;  // output rows whose patches are formed at once
  std::int64_t bands;

  std::int64_t group_features() const { return features / groups; }
  std::int64_t input_size() const { return grid.pixels() * grid.pixel_stride; }
  std::int64_t output_size() const { return output_rows * grid.output_width * features; }
  std::int64_t band_offset(RowBand band) const { return band.begin * grid.output_width * features; }
  std::int64_t band_pixels(RowBand band) const {
    return (band.end - band.begin) * grid.output_width;
  }
  RowBand band(std::int64_t index) const {
    return {index * band_rows, std::min((index + 1) * band_rows, output_rows)};
  }
  std::int64_t patch_buffer_size() const {
    if (patches_are_pixels() || is_depthwise()) return 0;
    return band_rows * grid.output_width * grid.patch_size();
  }
  /// The image itself is the matrix of its patches.
  bool patches_are_pixels() const { return grid.places() == 1 && grid.window == Window{}; }
  bool is_depthwise() const { return groups > 1 && grid.channels == 1; }
  template <class T>
  DepthwiseBand<T> depthwise(RowBand rows) const {
    return {grid, group_features(), rows};
  }
  /// Work for one row of output, in ns.
  double row_cost() const {
    const double terms = static_cast<double>(grid.output_width * grid.patch_size());
    return terms * (0.5 * static_cast<double>(groups) + 0.1 * static_cast<double>(features));
  }
};

/// x [n,spatial…,c], kernel [spatial…,c/groups,f], y [n,spatial…,f].
Geometry make_geometry(const KernelCall& call, const Shape& x, const Shape& kernel,
                       const Shape& y) {
  const auto& attributes = call.attributes_as<ConvolutionAttributes>();
  const Spatial output = spatial_sizes(y, 1, 1);
  Geometry result{
      .grid = {{.window = attributes.window,
                .window_size = spatial_sizes(kernel, 0, 2),
                .input_size = spatial_sizes(x, 1, 1),
                .output_height = output[1],
                .output_width = output[2]},
               x[x.ndim() - 1],
               kernel[kernel.ndim() - 2]},
      .images = x[0],
      .output_rows = output[0] * output[1],
      .groups = attributes.groups,
      .features = y[y.ndim() - 1],
      .band_rows = 1,
      .bands = 0,
  };
  const std::int64_t row_bytes = result.grid.output_width * result.grid.patch_size() *
                                 static_cast<std::int64_t>(size_of(call.outputs[0].dtype));
  if (row_bytes > 0) result.band_rows = std::max<std::int64_t>(1, kPatchBytes / row_bytes);
  result.band_rows = std::max<std::int64_t>(1, std::min(result.band_rows, result.output_rows));
  result.bands = (result.output_rows + result.band_rows - 1) / result.band_rows;
  return result;
}

/// Memory of one range of items for the patches of a band.
template <class T>
class PatchBuffer {
 public:
  explicit PatchBuffer(const Geometry& geometry)
      : buffer_(static_cast<std::size_t>(geometry.patch_buffer_size()) * sizeof(T)) {}

  T* data() { return static_cast<T*>(buffer_.data()); }

  /// The matrix of the band's patches, from a group's first channel; valid until the next call.
  Factor<T> gather(const Geometry& geometry, RowBand band, const T* image) {
    const PatchGrid& grid = geometry.grid;
    if (geometry.patches_are_pixels()) {
      return {image + band.begin * grid.output_width * grid.pixel_stride, grid.pixel_stride};
    }
    gather_patches(grid, band, image, data());
    return {data(), grid.patch_size()};
  }

 private:
  Buffer buffer_;
};

/// y = conv(x, kernel) for a band of rows of one image.
template <class T>
void convolve_band(const Geometry& geometry, RowBand band, const T* x, const T* kernel, T* y,
                   PatchBuffer<T>& buffer) {
  if (geometry.is_depthwise()) return geometry.depthwise<T>(band).convolve(x, kernel, y);
  const std::int64_t features = geometry.group_features();
  for (std::int64_t group = 0; group < geometry.groups; ++group) {
    matrix_product<T>({geometry.band_pixels(band), features, geometry.grid.patch_size()},
                      buffer.gather(geometry, band, x + group * geometry.grid.channels),
                      {kernel + group * features, geometry.features},
                      {y + group * features, geometry.features}, Store::assign);
  }
}

template <class T>
void convolve(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& y = call.outputs[0];
  if (y.size() == 0) return;
  const Geometry geometry = make_geometry(call, x.shape, kernel.shape, y.shape);

  const double cost = geometry.row_cost() * static_cast<double>(geometry.band_rows);
  call.parallel_for(
      geometry.images * geometry.bands, cost, [&](std::int64_t begin, std::int64_t end) {
        PatchBuffer<T> buffer(geometry);
        for (std::int64_t item = begin; item < end; ++item) {
          const std::int64_t image = item / geometry.bands;
          const RowBand band = geometry.band(item % geometry.bands);
          convolve_band(geometry, band, x.as<T>() + image * geometry.input_size(), kernel.as<T>(),
                        y.as<T>() + image * geometry.output_size() + geometry.band_offset(band),
                        buffer);
        }
      });
}

/// dx += the gradient of the band's patches.
template <class T>
void add_input_gradient(const Geometry& geometry, RowBand band, const T* dy, const T* kernel, T* dx,
                        T* patches) {
  if (geometry.is_depthwise()) {
    return geometry.depthwise<T>(band).add_input_gradient(dy, kernel, dx);
  }
  const PatchGrid& grid = geometry.grid;
  const std::int64_t features = geometry.group_features();
  for (std::int64_t group = 0; group < geometry.groups; ++group) {
    const ProductSize size{geometry.band_pixels(band), grid.patch_size(), features};
    const Factor<T> cotangents{dy + group * features, geometry.features};
    const Factor<T> transposed_kernel{kernel + group * features, geometry.features, true};
    T* image = dx + group * grid.channels;
    if (geometry.patches_are_pixels()) {
      T* pixels = image + band.begin * grid.output_width * grid.pixel_stride;
      matrix_product<T>(size, cotangents, transposed_kernel, {pixels, grid.pixel_stride},
                        Store::add);
    } else {
      matrix_product<T>(size, cotangents, transposed_kernel, {patches, grid.patch_size()},
                        Store::assign);
      add_patches(grid, band, patches, image);
    }
  }
}

template <class T>
void gradient_of_input(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& dx = call.outputs[0];
  if (dx.size() == 0) return;
  const Geometry geometry = make_geometry(call, dx.shape, kernel.shape, dy.shape);

  const double cost = geometry.row_cost() * static_cast<double>(geometry.output_rows) +
                      static_cast<double>(geometry.input_size());
  call.parallel_for(geometry.images, cost, [&](std::int64_t begin, std::int64_t end) {
    PatchBuffer<T> buffer(geometry);
    for (std::int64_t image = begin; image < end; ++image) {
      const T* dy_image = dy.as<T>() + image * geometry.output_size();
      T* dx_image = dx.as<T>() + image * geometry.input_size();
      std::fill_n(dx_image, geometry.input_size(), T{0});
      for (std::int64_t index = 0; index < geometry.bands; ++index) {
        const RowBand band = geometry.band(index);
        add_input_gradient(geometry, band, dy_image + geometry.band_offset(band), kernel.as<T>(),
                           dx_image, buffer.data());
      }
    }
  });
}

/// dkernel += patchesᵀ · dy for a band of rows of one image.
template <class T>
void add_kernel_gradient(const Geometry& geometry, RowBand band, const T* x, const T* dy,
                         T* dkernel, PatchBuffer<T>& buffer) {
  if (geometry.is_depthwise()) {
    return geometry.depthwise<T>(band).add_kernel_gradient(x, dy, dkernel);
  }
  const std::int64_t features = geometry.group_features();
  for (std::int64_t group = 0; group < geometry.groups; ++group) {
    Factor<T> patches = buffer.gather(geometry, band, x + group * geometry.grid.channels);
    patches.transposed = true;
    matrix_product<T>({geometry.grid.patch_size(), features, geometry.band_pixels(band)}, patches,
                      {dy + group * features, geometry.features},
                      {dkernel + group * features, geometry.features}, Store::add);
  }
}

/// sums[0] += sums[1] + … in a balanced tree, each of the `count` sums `size` elements long.
template <class T>
void add_pairwise(const KernelCall& call, T* sums, std::int64_t count, std::int64_t size) {
  call.parallel_for(size, static_cast<double>(count), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t step = 1; step < count; step *= 2) {
      for (std::int64_t left = 0; left + step < count; left += 2 * step) {
        T* target = sums + left * size;
        const T* source = target + step * size;
        for (std::int64_t i = begin; i < end; ++i) target[i] += source[i];
      }
    }
  });
}

template <class T>
void gradient_of_kernel(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& dy = call.inputs[1];
  const Array& dkernel = call.outputs[0];
  const Geometry geometry = make_geometry(call, x.shape, dkernel.shape, dy.shape);
  const std::int64_t chunks = std::min(geometry.images, kMaxChunks);
  std::fill_n(dkernel.as<T>(), dkernel.size(), T{0});
  if (chunks == 0 || dkernel.size() == 0) return;

  Buffer sums(static_cast<std::size_t>(chunks * dkernel.size()) * sizeof(T));
  T* sums_data = static_cast<T*>(sums.data());
  const double cost =
      geometry.row_cost() * static_cast<double>(geometry.output_rows * geometry.images / chunks);
  call.parallel_for(chunks, cost, [&](std::int64_t begin, std::int64_t end) {
    PatchBuffer<T> buffer(geometry);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      T* sum = sums_data + chunk * dkernel.size();
      std::fill_n(sum, dkernel.size(), T{0});
      const std::int64_t last_image = (chunk + 1) * geometry.images / chunks;
      for (std::int64_t image = chunk * geometry.images / chunks; image < last_image; ++image) {
        const T* x_image = x.as<T>() + image * geometry.input_size();
        const T* dy_image = dy.as<T>() + image * geometry.output_size();
        for (std::int64_t index = 0; index < geometry.bands; ++index) {
          const RowBand band = geometry.band(index);
          add_kernel_gradient(geometry, band, x_image, dy_image + geometry.band_offset(band), sum,
                              buffer);
        }
      }
    }
  });
  add_pairwise(call, sums_data, chunks, dkernel.size());
  std::copy_n(sums_data, dkernel.size(), dkernel.as<T>());
}

}  // namespace

void convolution(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) { convolve<decltype(zero)>(call); });
}

void convolution_input_gradient(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_input<decltype(zero)>(call); });
}

void convolution_kernel_gradient(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_kernel<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
