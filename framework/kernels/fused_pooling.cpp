// The elements that a line of windows reads are computed into memory that stays in a cache, and
// pooled there: what is pooled is neither written to memory nor read back.
#include <linseed/framework/kernels/fused_pooling.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/fused_tiles.h>
#include <linseed/framework/kernels/window_folds.h>

namespace linseed::kernels {
namespace {

/// Of what a line of windows reads.
constexpr std::int64_t kMostElements = 16 * kTile;
/// The work of pooling an element, in ns.
constexpr double kPoolingCost = 0.1;

/// pool(all, line, input, image) for each line of windows over the pooled output, of type T;
/// `input` has what the line reads, which is at `line.input` of the image. The first `results` of
/// the call's outputs are those of pooling.
template <class T, class Pool>
void for_each_band(const KernelCall& call, std::size_t results, const Pool& pool) {
  const auto& a = call.attributes_as<FusedPoolingAttributes>();
  const Shape& x = a.fusion.shape;
  const FusedTiles tiles(a.layout, call.inputs);
  const WindowLines all =
      window_lines(a.pooling.window, a.pooling.window_size, a.pooling.input_size,
                   spatial_sizes(call.outputs[0].shape, 1, 1), x[x.ndim() - 1]);
  const std::int64_t elements = band_of(x, a.pooling);
  const auto lines = static_cast<std::int64_t>(all.lines.size());
  const double cost = (tiles.cost() + kPoolingCost) * static_cast<double>(elements);
  call.parallel_for(x[0] * lines, cost, [&](std::int64_t begin, std::int64_t end) {
    Buffer input(static_cast<std::size_t>(elements) * sizeof(T));
    std::vector<FusedTiles::Part> parts = FusedTiles::parts_of(call.outputs.subspan(results));
    parts.insert(parts.begin() + a.pooled,
                 {.data = static_cast<std::byte*>(input.data()), .is_cached = true});
    FusedTiles::Workspace work = tiles.workspace(std::move(parts));
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item * elements;
      work.outputs[static_cast<std::size_t>(a.pooled)].first = first;
      tiles.compute_all(first, first + elements, work);
      pool(all, all.lines[static_cast<std::size_t>(item % lines)],
           static_cast<const T*>(input.data()), item / lines);
    }
  });
}

}  // namespace

FusedPoolingAttributes::FusedPoolingAttributes(Fusion what, const PoolingAttributes& by, int which,
                                               std::vector<int> also)
    : fusion(std::move(what)),
      pooling(by),
      pooled(which),
      selected(std::move(also)),
      layout(fusion, band_of(fusion.shape, by)) {}

bool can_pool_fused(const Shape& x, const PoolingAttributes& pooling) {
  const Window& window = pooling.window;
  if (window.has_padding() || window.stride != pooling.window_size || pooling.window_size[0] != 1) {
    return false;
  }
  for (std::size_t d = 0; d < window.stride.size(); ++d) {
    if (pooling.input_size[d] % window.stride[d] != 0) return false;
  }
  return x.size() > 0 && band_of(x, pooling) <= kMostElements;
}

void fused_max_pool(const KernelCall& call) {
  const auto& a = call.attributes_as<FusedPoolingAttributes>();
  const Array& y = call.outputs[0];
  visit_floating(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    visit_position(call.outputs[1].dtype, [&](auto position) {
      using Position = decltype(position);
      const auto pool = [&](const WindowLines& all, const WindowLine& line, const T* input,
                            std::int64_t image) {
        Position* const places = call.outputs[1].as<Position>() + image * all.output_size;
        const auto selection = [&](std::size_t k) {
          const Array& x = call.inputs[static_cast<std::size_t>(a.selected[k])];
          return Selection<T>{x.as<T>() + image * all.input_size,
                              call.outputs[2 + k].as<T>() + image * all.output_size};
        };
        std::optional<Selection<T>> first;
        if (!a.selected.empty()) {
          first = selection(0);
          first->from += line.input;
        }
        max_line(all, at_start(line), input, y.as<T>() + image * all.output_size, places,
                 first ? &*first : nullptr);
        for (std::size_t k = 1; k < a.selected.size(); ++k) {
          const auto [from, to] = selection(k);
          select_line(all, line, from, places, to);
        }
      };
      for_each_band<T>(call, 2 + a.selected.size(), pool);
    });
  });
}

void fused_sum_pool(const KernelCall& call) {
  const Array& y = call.outputs[0];
  visit_floating(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    for_each_band<T>(
        call, 1,
        [&](const WindowLines& all, const WindowLine& line, const T* input, std::int64_t image) {
          sum_line(all, at_start(line), input, y.as<T>() + image * all.output_size);
        });
  });
}

}  // namespace linseed::kernels
