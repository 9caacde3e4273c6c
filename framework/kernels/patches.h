// Between an image and the matrix of its patches (im2col and its adjoint), channels last.
#pragma once

#include <linseed/framework/kernels/window.h>

namespace linseed::kernels {

/// The patches of some channels of one image [depth, height, width, pixel_stride]: one patch for
/// each output position, in row-major order, each [window_size…, channels].
struct PatchGrid : WindowGrid {
  std::int64_t pixel_stride;  // all channels of the image
  std::int64_t channels;      // of a patch

  std::int64_t patch_size() const { return places() * channels; }
};

/// patches [(end − begin) · output_width, patch_size] = the patches of the band, padding as 0.
template <class T>
void gather_patches(const PatchGrid& grid, RowBand band, const T* image, T* patches);

/// Adds each element of the band's patches to the image where gather_patches read it, patch by
/// patch; what fell on padding is dropped.
template <class T>
void add_patches(const PatchGrid& grid, RowBand band, const T* patches, T* image);

}  // namespace linseed::kernels
