// Patches: where a window takes all channels of neighbouring columns, its elements along the width
// are contiguous in the image and in the patch alike, so both directions walk runs of them.
#include <linseed/framework/kernels/patches.h>

namespace linseed::kernels {
namespace {

/// Calls visit(run, size, begin, end, offset) for each run of each patch, in order: elements
/// [begin, end) of the `size` ones at patches[run] lie inside the image, the first at
/// image[offset].
template <class Visit>
void for_each_run(const PatchGrid& grid, RowBand band, Visit visit) {
  const bool joined = grid.channels == grid.pixel_stride && grid.window.dilation[2] == 1;
  const std::int64_t channels = grid.channels;
  const std::int64_t row_size = grid.window_size[2] * channels;
  const auto is_inside = [](Places inside, std::int64_t place) {
    return place >= inside.begin && place < inside.end;
  };
  std::int64_t run = 0;
  for_each_position(grid, band, [&](const PlacedWindow& at) {
    const Places columns = at.inside[2];
    for (std::int64_t p = 0; p < grid.window_size[0]; ++p) {
      for (std::int64_t q = 0; q < grid.window_size[1]; ++q, run += row_size) {
        if (!is_inside(at.inside[0], p) || !is_inside(at.inside[1], q) ||
            columns.begin == columns.end) {
          visit(run, row_size, std::int64_t{0}, std::int64_t{0}, std::int64_t{0});
          continue;
        }
        const std::int64_t first = first_pixel(grid, at, p, q);
        if (joined) {
          visit(run, row_size, columns.begin * channels, columns.end * channels,
                (first + columns.begin) * channels);
          continue;
        }
        for (std::int64_t r = 0; r < grid.window_size[2]; ++r) {
          const std::int64_t pixel = first + r * grid.window.dilation[2];
          const bool inside = is_inside(columns, r);
          visit(run + r * channels, channels, std::int64_t{0}, inside ? channels : 0,
                inside ? pixel * grid.pixel_stride : 0);
        }
      }
    }
  });
}

}  // namespace

template <class T>
void gather_patches(const PatchGrid& grid, RowBand band, const T* image, T* patches) {
  for_each_run(grid, band,
               [=](std::int64_t run, std::int64_t size, std::int64_t begin, std::int64_t end,
                   std::int64_t offset) {
                 T* target = patches + run;
                 std::fill(target, target + begin, T{0});
                 std::copy_n(image + offset, end - begin, target + begin);
                 std::fill(target + end, target + size, T{0});
               });
}

template <class T>
void add_patches(const PatchGrid& grid, RowBand band, const T* patches, T* image) {
  for_each_run(grid, band,
               [=](std::int64_t run, std::int64_t, std::int64_t begin, std::int64_t end,
                   std::int64_t offset) {
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
