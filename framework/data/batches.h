// Examples cut into batches: shuffled for training, in order for evaluation.
#pragma once

#include <cstdint>
#include <utility>

#include <linseed/framework/core/tree.h>

namespace linseed::data {

/// Where a run stands in its data: the next step to take is number `step` of epoch `epoch`, both
/// counted from 0. A tree of two int64 scalars, so a checkpoint can hold it.
struct Position {
  std::int64_t epoch = 0;
  std::int64_t step = 0;

  bool operator==(const Position&) const = default;
};

/// Rows `rows` (int32 [m]) of `x`, copied one after another: [n, …] -> [m, …].
/// InvalidArgument for a row outside of [0, n).
Tensor gather_rows(const Tensor& x, const Tensor& rows);

namespace batching {

// What Pass and Batches do whatever the type of the examples.

/// The common leading dimension; InvalidArgument that names the tensors if it differs.
std::int64_t count_examples(const std::vector<tree::NamedLeaf>& tensors);
void check_batch_size(std::int64_t batch_size);
/// InvalidArgument if `batch_size` is not in [1, examples].
void check_full_batch(std::int64_t batch_size, std::int64_t examples);
/// InvalidArgument if there is no such step.
void check_position(const Position& position, std::int64_t steps_per_epoch,
                    std::int64_t batch_size);
/// The position after the batch at `position`: the next step, or the next epoch.
inline Position next(const Position& position, std::int64_t steps_per_epoch) {
  if (position.step + 1 < steps_per_epoch) return {position.epoch, position.step + 1};
  return {position.epoch + 1, 0};
}
/// The position whose numbers these are; NotSupported if they have no values.
Position position_from(const Tensor& epoch, const Tensor& step);
/// The order that the examples were given in: 0, 1, …, examples - 1.
Tensor given_order(std::int64_t examples);
/// The order of the examples in an epoch.
Tensor shuffled_order(const Tensor& key, std::int64_t epoch, std::int64_t examples);
/// Rows [step · batch_size, (step + 1) · batch_size) of `order`, or those that there are.
Tensor batch_rows(const Tensor& order, std::int64_t step, std::int64_t batch_size);

}  // namespace batching

/// Walks the batches of a range, which outlives it and has `batch(step)`; each is made when it is
/// asked for.
template <class Range>
class StepIterator {
 public:
  using difference_type = std::int64_t;
  using value_type = decltype(std::declval<const Range&>().batch(0));

  StepIterator() = default;
  StepIterator(const Range& range, std::int64_t step) : range_(&range), step_(step) {}

  value_type operator*() const { return range_->batch(step_); }
  StepIterator& operator++() {
    ++step_;
    return *this;
  }
  StepIterator operator++(int) {
    StepIterator before = *this;
    ++step_;
    return before;
  }
  bool operator==(const StepIterator&) const = default;

 private:
  const Range* range_ = nullptr;
  std::int64_t step_ = 0;
};

/// Once through examples, batch by batch: a range whose elements are `Examples` again, with the
/// rows of one batch. A batch is copied together when it is asked for.
template <class Examples>
class Pass {
 public:
  /// Steps [first, last) through rows `order` (int32 [n]) of `examples`.
  Pass(Examples examples, Tensor order, std::int64_t batch_size, std::int64_t first,
       std::int64_t last)
      : examples_(std::move(examples)),
        order_(std::move(order)),
        batch_size_(batch_size),
        first_(first),
        last_(last) {}

  /// Number of batches.
  std::int64_t size() const { return last_ - first_; }
  StepIterator<Pass> begin() const { return {*this, first_}; }
  StepIterator<Pass> end() const { return {*this, last_}; }
  /// The batch of one step of the epoch.
  Examples batch(std::int64_t step) const {
    const Tensor rows = batching::batch_rows(order_, step, batch_size_);
    return tree::map([&](const Tensor& tensor) { return gather_rows(tensor, rows); }, examples_);
  }

 private:
  Examples examples_;
  Tensor order_;
  std::int64_t batch_size_;
  std::int64_t first_;
  std::int64_t last_;
};

/// Shuffled batches for training. `Examples` is any tree whose tensors have the same leading
/// dimension n: LabelledImages, a pair of tensors, one tensor. Epoch e takes them in the order
/// random::permutation(random::fold_in(key, e), n); those that fill no last batch wait for another
/// epoch. The batches depend on examples, batch size, key and position only, so a run that goes on
/// from a stored position sees what it would have seen.
///
///     const data::Batches batches(data.train, 128, key);
///     data::Position position;  // or a restored one
///     while (position.epoch < epochs) {
///       for (const auto& batch : batches.rest_of_epoch(position)) {
///         …batch.images, batch.labels…
///         position = batches.next(position);
///       }
///     }
template <class Examples>
class Batches {
 public:
  /// InvalidArgument if the leading dimensions differ, or `batch_size` is not in [1, n].
  Batches(Examples examples, std::int64_t batch_size, Tensor key)
      : examples_(std::move(examples)), batch_size_(batch_size), key_(std::move(key)) {
    count_ = batching::count_examples(tree::named_leaves(examples_));
    batching::check_full_batch(batch_size_, count_);
  }

  std::int64_t batch_size() const { return batch_size_; }
  std::int64_t steps_per_epoch() const { return count_ / batch_size_; }

  /// The batches of an epoch from `position` on. InvalidArgument if an epoch has no such step.
  Pass<Examples> rest_of_epoch(const Position& position) const {
    batching::check_position(position, steps_per_epoch(), batch_size_);
    return {examples_, batching::shuffled_order(key_, position.epoch, count_), batch_size_,
            position.step, steps_per_epoch()};
  }

  /// The position after the batch at `position`: the next step, or the next epoch.
  Position next(const Position& position) const {
    return batching::next(position, steps_per_epoch());
  }

 private:
  Examples examples_;
  std::int64_t batch_size_;
  Tensor key_;
  std::int64_t count_ = 0;
};

/// All examples in their order, for evaluation; the last batch holds what is left over, and may be
/// smaller. InvalidArgument if the leading dimensions differ, or `batch_size` is less than 1.
template <class Examples>
Pass<Examples> in_order(Examples examples, std::int64_t batch_size) {
  batching::check_batch_size(batch_size);
  const std::int64_t count = batching::count_examples(tree::named_leaves(examples));
  const std::int64_t steps = count / batch_size + (count % batch_size != 0);
  return {std::move(examples), batching::given_order(count), batch_size, 0, steps};
}

}  // namespace linseed::data

namespace linseed {

template <>
struct TreeTraits<data::Position> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    if constexpr (!V::wants_counters) return;
    Tensor epoch(value.epoch), step(value.step);
    visitor.enter(tree::Kind::record);
    visitor.key("epoch");
    visitor.leaf(epoch);
    visitor.key("step");
    visitor.leaf(step);
    visitor.leave();
    if constexpr (!std::is_const_v<T>) {
      value = data::batching::position_from(epoch, step);
    }
  }
};

}  // namespace linseed
