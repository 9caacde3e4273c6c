// A block of some rows of the product is made in memory that stays in a cache, and worked on there:
// the product is neither written to memory nor read back, and takes none.
#include <linseed/framework/kernels/fused_matmul.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/fused_tiles.h>
#include <linseed/framework/kernels/matrix_blocks.h>

namespace linseed::kernels {
namespace {

/// Of a block, in elements: 384 KiB (float32), of a second-level cache of 512 KiB and more. Each
/// block reads all of b, so low ones would read it often.
constexpr std::int64_t kBlock = 96 << 10;
/// Rows of a block that fill the registers with tiles, and so many blocks: enough for 8 threads.
constexpr std::int64_t kFewestRows = 12, kFewestBlocks = 8;
/// The longest vector's: rows of b are read in whole ones, none of which may reach over its end.
constexpr std::int64_t kFewestColumns = 16;
/// A smaller product is still in a second-level cache when it is read. Measured: of 16 and 64 MB,
/// training took 0.89 to 0.97 of the time; of 0.8 MB, 0.81 to 0.88 where the third-level cache is
/// slow (Intel), and 1 to 1.02 where it is not (AMD).
constexpr std::int64_t kFewestBytes = 512 << 10;
/// Of b, at most: from 1 MB on, reading it took back what was gained.
constexpr std::int64_t kMostBytesOfB = 512 << 10;

/// Rows of a block, by the product's shape alone: two threads share the blocks nearly equally.
std::int64_t height_of(const Shape& product) {
  const auto divide_up = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t most = std::max(kBlock / product[1], kFewestRows);
  const std::int64_t blocks = std::max(divide_up(product[0], most), kFewestBlocks);
  return divide_up(product[0], blocks + blocks % 2);
}

/// The high factor: itself, or a copy if an output may lie over what is still to be read of it.
class HighFactor {
 public:
  HighFactor(const Array& array, const MatmulAttributes& matmul, std::span<const Array> outputs)
      : array_(array) {
    // Not transposed, it is as long as the outputs, and its rows are read before theirs are
    // written.
    const bool is_overwritten =
        matmul.transpose_a &&
        std::ranges::any_of(outputs, [&](const Array& o) { return o.data == array.data; });
    if (!is_overwritten) return;
    const auto bytes = static_cast<std::size_t>(array.size()) * size_of(array.dtype);
    std::memcpy(copy_.emplace(bytes).data(), array.data, bytes);
    array_.data = copy_->data();
  }

  const Array& array() const { return array_; }

 private:
  Array array_;
  std::optional<Buffer> copy_;
};

template <class T>
void multiply_and_compute(const KernelCall& call) {
  const auto& attributes = call.attributes_as<FusedMatmulAttributes>();
  const Fusion& fusion = attributes.fusion;
  const auto inputs = inputs_around(fusion, attributes.product, call.inputs.subspan(2));
  const FusedTiles tiles(attributes.layout, inputs);
  const HighFactor a(call.inputs[0], attributes.matmul, call.outputs);
  const Products p(a.array(), call.inputs[1], fusion.shape, attributes.matmul);
  const std::int64_t elements = attributes.layout.item, height = elements / p.n;
  const std::int64_t size = fusion.shape.size(), parts = DepthParts(p.k).count();
  const double cost = cost_of_products<T>(height, p.n, p.k) +
                      tiles.cost() * static_cast<double>(std::min(size, elements));
  call.parallel_for((p.m + height - 1) / height, cost, [&](std::int64_t begin, std::int64_t end) {
    Buffer product(static_cast<std::size_t>(elements) * sizeof(T));
    FusedTiles::Workspace work = tiles.workspace(FusedTiles::parts_of(call.outputs));
    work.given = attributes.product;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * elements, last = std::min(first + elements, size);
      const Block rows{
          .row = i * height, .rows = (last - first) / p.n, .columns = p.n, .last_part = parts};
      BlockProduct<T>(p, rows, p.b->as<T>()).compute(static_cast<T*>(product.data()), p.n);
      work.given_part = {static_cast<std::byte*>(product.data()), first};
      tiles.compute_all(first, last, work);
    }
  });
}

}  // namespace

FusedMatmulAttributes::FusedMatmulAttributes(Fusion what, const MatmulAttributes& how,
                                             std::int64_t terms, int which)
    : fusion(std::move(what)),
      matmul(how),
      depth(terms),
      product(which),
      layout(fusion, height_of(fusion.shape) * fusion.shape[1]) {}

bool can_multiply_fused(const TensorSpec& product, const TensorSpec& b,
                        const MatmulAttributes& attributes) {
  const bool is_computed_so = product.dtype == float32 || product.dtype == float64;
  if (!is_computed_so || product.shape.ndim() != 2 || b.shape.ndim() != 2) return false;
  const auto bytes_of = [](const TensorSpec& spec) {
    return spec.shape.size() * static_cast<std::int64_t>(size_of(spec.dtype));
  };
  return !attributes.transpose_b && product.shape[0] >= kFewestBlocks * kFewestRows &&
         product.shape[1] >= kFewestColumns && bytes_of(product) >= kFewestBytes &&
         bytes_of(b) <= kMostBytesOfB;
}

void fused_matmul(const KernelCall& call) {
  visit_floating(call.inputs[0].dtype,
                 [&](auto zero) { multiply_and_compute<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
