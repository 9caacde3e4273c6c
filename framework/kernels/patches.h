// Between an image and the matrix of its patches (im2col and its adjoint), channels last.
#pragma once

#include <linseed/framework/kernels/convolution.h>

namespace linseed::kernels {

/// The patches of one image [height, width, channels]: one for each output position, in row-major
/// order, each of kernel_size[0] · kernel_size[1] · channels elements.
struct PatchGrid {
  Window window;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
  std::array<std::int64_t, 2> kernel_size;
  std::int64_t output_width;

  std::int64_t patch_size() const { return kernel_size[0] * kernel_size[1] * channels; }
};

/// Output rows [begin, end).
struct RowBand {
  std::int64_t begin;
  std::int64_t end;
};

/// patches [(end − begin) · output_width, patch_size] = the patches of the band, padding as 0.
template <class T>
void gather_patches(const PatchGrid& grid, RowBand band, const T* image, T* patches);

/// Adds each element of the band's patches to the image where gather_patches read it, patch by
/// patch; what fell on padding is dropped.
template <class T>
void add_patches(const PatchGrid& grid, RowBand band, const T* patches, T* image);

}  // namespace linseed::kernels
