// What a line of windows is spread over is put into memory that stays in a cache, and worked on
// there: it is neither written to memory nor read back.
#include <linseed/framework/kernels/fused_unpooling.h>

#include <algorithm>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/fused_pooling.h>
#include <linseed/framework/kernels/fused_tiles.h>
#include <linseed/framework/kernels/window_folds.h>

namespace linseed::kernels {
namespace {

/// The work of an element that is unpooled, in ns.
constexpr double kUnpoolingCost = 0.1;

template <class T, class Position>
void unpool_and_compute(const KernelCall& call) {
  const auto& a = call.attributes_as<FusedUnpoolingAttributes>();
  const Shape& x = a.fusion.shape;
  const Array& dy = call.inputs[0];
  const auto inputs = inputs_around(a.fusion, a.unpooled, call.inputs.subspan(2));
  const FusedTiles tiles(a.layout, inputs);
  const WindowLines all =
      window_lines(a.pooling.window, a.pooling.window_size, a.pooling.input_size,
                   spatial_sizes(dy.shape, 1, 1), x[x.ndim() - 1]);
  const std::int64_t elements = band_of(x, a.pooling);
  const auto lines = static_cast<std::int64_t>(all.lines.size());
  const double cost = (tiles.cost() + kUnpoolingCost) * static_cast<double>(elements);
  call.parallel_for(x[0] * lines, cost, [&](std::int64_t begin, std::int64_t end) {
    Buffer unpooled(static_cast<std::size_t>(elements) * sizeof(T));
    FusedTiles::Workspace work = tiles.workspace(FusedTiles::parts_of(call.outputs));
    work.given = a.unpooled;
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t image = item / lines;
      unpool_apart_line(all, at_start(all.lines[static_cast<std::size_t>(item % lines)]),
                        dy.as<T>() + image * all.output_size,
                        call.inputs[1].as<Position>() + image * all.output_size,
                        static_cast<T*>(unpooled.data()));
      const std::int64_t first = item * elements;
      work.given_part = {static_cast<std::byte*>(unpooled.data()), first};
      tiles.compute_all(first, first + elements, work);
    }
  });
}

}  // namespace

FusedUnpoolingAttributes::FusedUnpoolingAttributes(Fusion what, const PoolingAttributes& by,
                                                   int which)
    : fusion(std::move(what)),
      pooling(by),
      unpooled(which),
      layout(fusion, band_of(fusion.shape, by)) {}

void fused_max_unpool(const KernelCall& call) {
  visit_floating(call.inputs[0].dtype, [&](auto zero) {
    visit_position(call.inputs[1].dtype, [&](auto position) {
      unpool_and_compute<decltype(zero), decltype(position)>(call);
    });
  });
}

}  // namespace linseed::kernels
