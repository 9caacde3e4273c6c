// Convolution as a product with the matrix of patches, a band of output rows at a time, so that
// the patches stay in cache.
#include <linseed/framework/kernels/convolution.h>

#include <algorithm>

#include <linseed/framework/core/buffer.h>
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
  PatchGrid grid;
  std::int64_t images;
  std::int64_t output_height;
  std::int64_t features;
  std::int64_t band_rows;  // output rows whose patches are formed at once
  std::int64_t bands;

  std::int64_t input_size() const { return grid.height * grid.width * grid.channels; }
  std::int64_t output_size() const { return output_height * grid.output_width * features; }
  std::int64_t band_offset(RowBand band) const { return band.begin * grid.output_width * features; }
  std::int64_t band_pixels(RowBand band) const {
    return (band.end - band.begin) * grid.output_width;
  }
  RowBand band(std::int64_t index) const {
    return {index * band_rows, std::min((index + 1) * band_rows, output_height)};
  }
  std::int64_t patch_buffer_size() const {
    return patches_are_pixels() ? 0 : band_rows * grid.output_width * grid.patch_size();
  }
  /// The image itself is the matrix of its patches.
  bool patches_are_pixels() const {
    return grid.kernel_size == std::array<std::int64_t, 2>{1, 1} && grid.window == Window{};
  }
  /// Work for one row of patches, in ns.
  double row_cost() const {
    return static_cast<double>(grid.output_width * grid.patch_size()) *
           (0.5 + 0.1 * static_cast<double>(features));
  }
};

/// x [n,h,w,c], kernel [kh,kw,c,f], y [n,oh,ow,f].
Geometry make_geometry(const KernelCall& call, const Shape& x, const Shape& kernel,
                       const Shape& y) {
  const auto& attributes = call.attributes_as<ConvolutionAttributes>();
  Geometry result{
      .grid = {attributes.window, x[1], x[2], x[3], {kernel[0], kernel[1]}, y[2]},
      .images = x[0],
      .output_height = y[1],
      .features = y[3],
      .band_rows = 1,
      .bands = 0,
  };
  const std::int64_t row_bytes =
      y[2] * result.grid.patch_size() * static_cast<std::int64_t>(size_of(call.outputs[0].dtype));
  if (row_bytes > 0) result.band_rows = std::max<std::int64_t>(1, kPatchBytes / row_bytes);
  result.band_rows = std::max<std::int64_t>(1, std::min(result.band_rows, y[1]));
  result.bands = (y[1] + result.band_rows - 1) / result.band_rows;
  return result;
}

/// Memory of one range of items for the patches of a band.
template <class T>
class PatchBuffer {
 public:
  explicit PatchBuffer(const Geometry& geometry)
      : buffer_(static_cast<std::size_t>(geometry.patch_buffer_size()) * sizeof(T)) {}

  T* data() { return static_cast<T*>(buffer_.data()); }

  /// The matrix of the band's patches; valid until the next call.
  const T* gather(const Geometry& geometry, RowBand band, const T* image) {
    const PatchGrid& grid = geometry.grid;
    if (geometry.patches_are_pixels()) return image + band.begin * grid.width * grid.channels;
    gather_patches(grid, band, image, data());
    return data();
  }

 private:
  Buffer buffer_;
};

template <class T>
void convolve(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& y = call.outputs[0];
  if (y.size() == 0) return;
  const Geometry geometry = make_geometry(call, x.shape, kernel.shape, y.shape);
  const std::int64_t patch_size = geometry.grid.patch_size();

  const double cost = geometry.row_cost() * static_cast<double>(geometry.band_rows);
  call.parallel_for(
      geometry.images * geometry.bands, cost, [&](std::int64_t begin, std::int64_t end) {
        PatchBuffer<T> buffer(geometry);
        for (std::int64_t item = begin; item < end; ++item) {
          const std::int64_t image = item / geometry.bands;
          const RowBand band = geometry.band(item % geometry.bands);
          const T* patches =
              buffer.gather(geometry, band, x.as<T>() + image * geometry.input_size());
          matrix_product<T>({geometry.band_pixels(band), geometry.features, patch_size},
                            {patches, patch_size}, {kernel.as<T>(), geometry.features},
                            y.as<T>() + image * geometry.output_size() + geometry.band_offset(band),
                            Store::assign);
        }
      });
}

/// One image of the input gradient: the gradient of its patches, band by band, added up.
template <class T>
void input_gradient_of_image(const Geometry& geometry, const T* dy, const T* kernel, T* dx,
                             T* patches) {
  const std::int64_t patch_size = geometry.grid.patch_size();
  const Factor<T> transposed_kernel{kernel, geometry.features, true};
  if (geometry.patches_are_pixels()) {
    const std::int64_t pixels = geometry.grid.height * geometry.grid.width;
    matrix_product<T>({pixels, patch_size, geometry.features}, {dy, geometry.features},
                      transposed_kernel, dx, Store::assign);
    return;
  }
  std::fill_n(dx, geometry.input_size(), T{0});
  for (std::int64_t index = 0; index < geometry.bands; ++index) {
    const RowBand band = geometry.band(index);
    matrix_product<T>({geometry.band_pixels(band), patch_size, geometry.features},
                      {dy + geometry.band_offset(band), geometry.features}, transposed_kernel,
                      patches, Store::assign);
    add_patches(geometry.grid, band, patches, dx);
  }
}

template <class T>
void gradient_of_input(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& dx = call.outputs[0];
  if (dx.size() == 0) return;
  const Geometry geometry = make_geometry(call, dx.shape, kernel.shape, dy.shape);

  const double cost = geometry.row_cost() * static_cast<double>(geometry.output_height) +
                      static_cast<double>(geometry.input_size());
  call.parallel_for(geometry.images, cost, [&](std::int64_t begin, std::int64_t end) {
    PatchBuffer<T> buffer(geometry);
    for (std::int64_t image = begin; image < end; ++image) {
      input_gradient_of_image(geometry, dy.as<T>() + image * geometry.output_size(), kernel.as<T>(),
                              dx.as<T>() + image * geometry.input_size(), buffer.data());
    }
  });
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
  const std::int64_t patch_size = geometry.grid.patch_size();
  const std::int64_t chunks = std::min(geometry.images, kMaxChunks);
  std::fill_n(dkernel.as<T>(), dkernel.size(), T{0});
  if (chunks == 0 || dkernel.size() == 0) return;

  Buffer sums(static_cast<std::size_t>(chunks * dkernel.size()) * sizeof(T));
  T* sums_data = static_cast<T*>(sums.data());
  const double cost =
      geometry.row_cost() * static_cast<double>(geometry.output_height * geometry.images / chunks);
  call.parallel_for(chunks, cost, [&](std::int64_t begin, std::int64_t end) {
    PatchBuffer<T> buffer(geometry);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      T* sum = sums_data + chunk * dkernel.size();
      std::fill_n(sum, dkernel.size(), T{0});
      const std::int64_t last_image = (chunk + 1) * geometry.images / chunks;
      for (std::int64_t image = chunk * geometry.images / chunks; image < last_image; ++image) {
        for (std::int64_t index = 0; index < geometry.bands; ++index) {
          const RowBand band = geometry.band(index);
          const T* patches =
              buffer.gather(geometry, band, x.as<T>() + image * geometry.input_size());
          const T* dy_band =
              dy.as<T>() + image * geometry.output_size() + geometry.band_offset(band);
          matrix_product<T>({patch_size, geometry.features, geometry.band_pixels(band)},
                            {patches, patch_size, true}, {dy_band, geometry.features}, sum,
                            Store::add);
        }
      }
    }
  });
  add_pairwise(call, sums_data, chunks, dkernel.size());
  std::copy_n(sums_data, dkernel.size(), dkernel.as<T>());
}

}  // namespace

void convolution(const KernelCall& call) {
  visit_floating("convolution", call.outputs[0].dtype,
                 [&](auto zero) { convolve<decltype(zero)>(call); });
}

void convolution_input_gradient(const KernelCall& call) {
  visit_floating("convolution_input_gradient", call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_input<decltype(zero)>(call); });
}

void convolution_kernel_gradient(const KernelCall& call) {
  visit_floating("convolution_kernel_gradient", call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_kernel<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
