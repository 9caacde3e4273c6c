// Patches: along the width a window's elements are contiguous in the image and in the patch alike,
// so both directions walk runs of kernel width · channels elements.
#include <linseed/framework/kernels/patches.h>

#include <algorithm>

#include <linseed/framework/kernels/window_places.h>

namespace linseed::kernels {
namespace {

/// Calls visit(run, begin, end, offset) for each kernel row of each patch, in order: elements
/// [begin, end) of the run at patches[run] lie inside the image, the first at image[offset].
template <class Visit>
void for_each_run(const PatchGrid& grid, RowBand band, Visit visit) {
  const std::int64_t run_size = grid.kernel_size[1] * grid.channels;
  std::int64_t run = 0;
  for (std::int64_t i = band.begin; i < band.end; ++i) {
    const std::int64_t top = i * grid.window.stride[0] - grid.window.pad_low[0];
    for (std::int64_t j = 0; j < grid.output_width; ++j) {
      const std::int64_t left = j * grid.window.stride[1] - grid.window.pad_low[1];
      const Places columns = places_inside(left, grid.kernel_size[1], grid.width);
      for (std::int64_t p = 0; p < grid.kernel_size[0]; ++p, run += run_size) {
        const std::int64_t row = top + p;
        if (row < 0 || row >= grid.height || columns.begin == columns.end) {
          visit(run, std::int64_t{0}, std::int64_t{0}, std::int64_t{0});
        } else {
          visit(run, columns.begin * grid.channels, columns.end * grid.channels,
                (row * grid.width + left + columns.begin) * grid.channels);
        }
      }
    }
  }
}

}  // namespace

template <class T>
void gather_patches(const PatchGrid& grid, RowBand band, const T* image, T* patches) {
  const std::int64_t run_size = grid.kernel_size[1] * grid.channels;
  for_each_run(grid, band,
               [=](std::int64_t run, std::int64_t begin, std::int64_t end, std::int64_t offset) {
                 T* target = patches + run;
                 std::fill(target, target + begin, T{0});
                 std::copy_n(image + offset, end - begin, target + begin);
                 std::fill(target + end, target + run_size, T{0});
               });
}

template <class T>
void add_patches(const PatchGrid& grid, RowBand band, const T* patches, T* image) {
  for_each_run(grid, band,
               [=](std::int64_t run, std::int64_t begin, std::int64_t end, std::int64_t offset) {
                 const T* source = patches + run + begin;
                 T* target = image + offset;
                 for (std::int64_t i = 0; i < end - begin; ++i) target[i] += source[i];
               });
}

template void gather_patches(const PatchGrid&, RowBand, const float*, float*);
template void gather_patches(const PatchGrid&, RowBand, const double*, double*);
template void add_patches(const PatchGrid&, RowBand, const float*, float*);
template void add_patches(const PatchGrid&, RowBand, const double*, double*);

}  // namespace linseed::kernels
