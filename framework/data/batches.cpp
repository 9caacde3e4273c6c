#include <linseed/framework/data/batches.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>

namespace linseed::data {

Tensor gather_rows(const Tensor& x, const Tensor& rows) {
  if (x.ndim() < 1 || rows.ndim() != 1) {
    throw InvalidArgument("gather_rows: expected x [n, …] and rows [m], got {} and {}", x.spec(),
                          rows.spec());
  }
  const auto places = rows.data<std::int32_t>();
  const std::int64_t count = x.dim(0);
  TensorSpec spec = x.spec();
  spec.shape[0] = rows.dim(0);
  auto buffer =
      std::make_shared<Buffer>(static_cast<std::size_t>(spec.shape.size()) * size_of(spec.dtype));
  const std::size_t row_bytes = places.empty() ? 0 : buffer->bytes() / places.size();
  const auto* from = static_cast<const std::byte*>(x.raw_data());
  auto* to = static_cast<std::byte*>(buffer->data());
  for (const std::int32_t row : places) {
    if (row < 0 || row >= count) {
      throw InvalidArgument("gather_rows: row {} of a tensor with {} rows", row, count);
    }
    std::memcpy(to, from + static_cast<std::size_t>(row) * row_bytes, row_bytes);
    to += row_bytes;
  }
  return constant(std::move(buffer), std::move(spec));
}

namespace batching {

std::int64_t count_examples(const std::vector<tree::NamedLeaf>& tensors) {
  if (tensors.empty()) throw InvalidArgument("batches: the examples hold no tensor");
  for (const tree::NamedLeaf& leaf : tensors) {
    if (leaf.tensor.ndim() == 0) {
      throw InvalidArgument(
          "batches: tensor '{}' is a scalar; its first dimension must count the "
          "examples",
          leaf.path());
    }
    if (leaf.tensor.dim(0) != tensors[0].tensor.dim(0)) {
      throw InvalidArgument("batches: '{}' holds {} examples, but '{}' holds {}", tensors[0].path(),
                            tensors[0].tensor.dim(0), leaf.path(), leaf.tensor.dim(0));
    }
  }
  return tensors[0].tensor.dim(0);
}

void check_batch_size(std::int64_t batch_size) {
  if (batch_size < 1) {
    throw InvalidArgument("batches: the batch size must be at least 1, got {}", batch_size);
  }
}

void check_full_batch(std::int64_t batch_size, std::int64_t examples) {
  check_batch_size(batch_size);
  if (batch_size > examples) {
    throw InvalidArgument(
        "batches: a batch of {} is larger than the data, {} examples; choose a "
        "smaller batch size",
        batch_size, examples);
  }
}

// Reached by a run that goes on from a checkpoint with a larger batch size than it began with.
void check_position(const Position& position, std::int64_t steps_per_epoch,
                    std::int64_t batch_size) {
  if (position.step < 0 || position.step >= steps_per_epoch) {
    throw InvalidArgument(
        "batches: step {} of epoch {} does not exist, an epoch has {} steps of {} examples; a run "
        "must go on with the batch size it began with",
        position.step, position.epoch, steps_per_epoch, batch_size);
  }
}

Position position_from(const Tensor& epoch, const Tensor& step) {
  // A state with a position in it is passed to jit.
  if (!epoch.defined() || !step.defined() || epoch.is_traced() || step.is_traced()) {
    throw NotSupported(
        "batches: a Position is counted by the program, and cannot be an argument of a "
        "transformation such as jit; pass the rest of the state without it");
  }
  return {epoch.item<std::int64_t>(), step.item<std::int64_t>()};
}

Tensor given_order(std::int64_t examples) { return arange(examples); }

Tensor shuffled_order(const Tensor& key, std::int64_t epoch, std::int64_t examples) {
  if (epoch < 0 || epoch > std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidArgument("batches: epoch {} is out of range", epoch);
  }
  return random::permutation(random::fold_in(key, static_cast<std::uint32_t>(epoch)), examples);
}

Tensor batch_rows(const Tensor& order, std::int64_t step, std::int64_t batch_size) {
  const auto all = order.data<std::int32_t>();
  const auto begin = static_cast<std::size_t>(step * batch_size);
  const auto rows =
      all.subspan(begin, std::min(all.size() - begin, static_cast<std::size_t>(batch_size)));
  return Tensor::from(rows, {static_cast<std::int64_t>(rows.size())});
}

}  // namespace batching
}  // namespace linseed::data
