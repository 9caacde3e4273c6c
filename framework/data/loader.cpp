#include <linseed/framework/data/loader.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <numeric>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <linseed/framework/data/batch_maker_internal.h>
#include <linseed/framework/data/order.h>

namespace linseed::data {
namespace {

using Order = std::shared_ptr<const std::vector<std::int32_t>>;

/// A batch that is wanted soon.
struct Slot {
  Position position;
  Order order;  // of the epoch, which the images are a part of
  std::span<const std::int32_t> images;
  std::atomic<bool> claimed = false;  // by the thread that prepares it, or by one that gives it up
  std::atomic<bool> cancelled = false;
  bool done = false;  // this and what follows are guarded by the loader's mutex
  LabelledImages batch = {};
  std::exception_ptr error = {};
};

/// How many threads the process may have, besides the one that asks.
int most_workers() {
  using oneapi::tbb::global_control;
  return static_cast<int>(global_control::active_value(global_control::max_allowed_parallelism) -
                          1);
}

/// An arena of `threads` workers, or of all that there are: oneTBB complains if asked for more. One
/// more place is kept for the loader's caller, who clears away the tasks of slots given up. Without
/// any worker, oneTBB makes one for tasks that are enqueued.
oneapi::tbb::task_arena make_arena(int threads) {
  const int workers = threads > 0 ? std::min(threads, most_workers()) : most_workers();
  return oneapi::tbb::task_arena(workers + 1, 1, oneapi::tbb::task_arena::priority::low);
}

}  // namespace

/// The batches under way. Slots stand in the order of their positions; each is claimed once, by a
/// thread of the arena, by the caller who wants it, or by whoever gives it up. A task whose slot
/// another has claimed does nothing, when a worker comes to it or the group of all is waited for.
class Loader::Preparation final {
 public:
  Preparation(Dataset dataset, std::int64_t batch_size, const Tensor& key, LoaderOptions options)
      : maker_(std::move(dataset), batch_size, key, std::move(options)),
        key_(key),
        arena_(make_arena(maker_.options().threads)) {}
  ~Preparation() { give_up(); }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  const BatchMaker& maker() const { return maker_; }

  std::int64_t steps_per_epoch() const {
    const std::int64_t size = maker_.dataset().size, batch = maker_.batch_size();
    return maker_.options().drop_last ? size / batch : (size + batch - 1) / batch;
  }

  Position next(const Position& position) const {
    return batching::next(position, steps_per_epoch());
  }

  LabelledImages batch(const Position& position) {
    batching::check_position(position, steps_per_epoch(), maker_.batch_size());
    if (slots_.empty() || slots_.front()->position != position) give_up();
    if (slots_.empty()) slots_.push_back(make_slot(position));
    prepare_ahead();
    const std::shared_ptr<Slot> wanted = slots_.front();
    if (!wanted->claimed.exchange(true)) prepare(*wanted);
    wait_for(*wanted);
    slots_.pop_front();
    if (wanted->error) std::rethrow_exception(wanted->error);
    return std::move(wanted->batch);
  }

 private:
  std::shared_ptr<Slot> make_slot(const Position& position) {
    auto slot = std::make_shared<Slot>();
    slot->position = position;
    slot->order = order_of(position.epoch);
    const auto begin = static_cast<std::size_t>(position.step * maker_.batch_size());
    const auto count = static_cast<std::size_t>(maker_.batch_size());
    slot->images = std::span(*slot->order).subspan(begin);
    slot->images = slot->images.first(std::min(count, slot->images.size()));
    return slot;
  }

  Order order_of(std::int64_t epoch) {
    if (order_ && (epoch == order_epoch_ || !maker_.options().shuffle)) return order_;
    const Dataset& dataset = maker_.dataset();
    std::vector<std::int32_t> order(static_cast<std::size_t>(dataset.size));
    std::iota(order.begin(), order.end(), 0);
    if (maker_.options().shuffle) order = shuffled_images(key_, epoch, dataset);
    order_epoch_ = epoch;
    return order_ = std::make_shared<const std::vector<std::int32_t>>(std::move(order));
  }

  /// Fills up the slots behind the first.
  void prepare_ahead() {
    const LoaderOptions& options = maker_.options();
    while (slots_.size() <= static_cast<std::size_t>(options.ahead)) {
      const Position position = next(slots_.back()->position);
      if (options.epochs > 0 && position.epoch >= options.epochs) return;
      slots_.push_back(make_slot(position));
      arena_.enqueue(tasks_.defer([this, slot = slots_.back()] {
        if (!slot->claimed.exchange(true)) prepare(*slot);
      }));
    }
  }

  void prepare(Slot& slot) {
    LabelledImages batch;
    std::exception_ptr error;
    try {
      batch = maker_.make(slot.position, slot.images, slot.cancelled);
    } catch (...) {
      error = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    slot.batch = std::move(batch);
    slot.error = std::move(error);
    slot.done = true;
    prepared_.notify_all();
  }

  void wait_for(Slot& slot) {
    std::unique_lock lock(mutex_);
    prepared_.wait(lock, [&] { return slot.done; });
  }

  /// Drops all slots. Those that a thread has begun end before this does; the tasks of the others
  /// are run here, and do nothing, so this needs no thread but its own.
  void give_up() {
    for (const auto& slot : slots_) {
      slot->cancelled = true;
      slot->claimed = true;
    }
    if (maker_.options().ahead > 0) arena_.execute([&] { tasks_.wait(); });
    slots_.clear();
  }

  BatchMaker maker_;
  Tensor key_;
  Order order_;
  std::int64_t order_epoch_ = 0;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::mutex mutex_;
  std::condition_variable prepared_;
  oneapi::tbb::task_arena arena_;
  oneapi::tbb::task_group tasks_;
};

Loader::Loader(Dataset dataset, std::int64_t batch_size, const Tensor& key, LoaderOptions options)
    : preparation_(
          std::make_unique<Preparation>(std::move(dataset), batch_size, key, std::move(options))) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

std::int64_t Loader::batch_size() const { return preparation_->maker().batch_size(); }
std::int64_t Loader::steps_per_epoch() const { return preparation_->steps_per_epoch(); }
Position Loader::next(const Position& position) const { return preparation_->next(position); }
LabelledImages Loader::batch(const Position& position) { return preparation_->batch(position); }
std::vector<std::pair<std::int64_t, std::string>> Loader::broken() const {
  return preparation_->maker().broken();
}

}  // namespace linseed::data
