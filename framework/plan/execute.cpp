// Running a plan: every step in order, each kernel's loops on the arena's threads.
#include <algorithm>
#include <mutex>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/plan/parallel_internal.h>
#include <linseed/framework/plan/plan.h>

namespace linseed {
namespace {

/// Working memory that the next run takes over from the one before, so that a training step does
/// not have the system hand it fresh pages again and again. One block is kept for the process.
class SpareArena {
 public:
  BufferPtr take(std::size_t bytes) {
    {
      const std::scoped_lock lock(mutex_);
      if (block_ && block_->bytes() >= bytes) return std::move(block_);
    }
    return std::make_shared<Buffer>(bytes);
  }

  void give_back(BufferPtr block) {
    const std::scoped_lock lock(mutex_);
    if (!block_ || block_->bytes() < block->bytes()) block_ = std::move(block);
  }

 private:
  std::mutex mutex_;
  BufferPtr block_;
};

SpareArena spare_arena;

/// The memory of one run.
class Memory {
 public:
  Memory(const Plan& plan, std::vector<BufferPtr> inputs)
      : plan_(plan), inputs_(std::move(inputs)), arena_(spare_arena.take(plan.arena_bytes)) {
    for (const Tensor& captured : plan.program.captured) {
      inputs_.push_back(captured.node()->buffers[static_cast<std::size_t>(captured.output())]);
    }
    for (const Plan::OutputBuffer& output : plan.output_buffers) {
      outputs_.push_back(donated(output.donor));
      if (!outputs_.back()) outputs_.back() = std::make_shared<Buffer>(output.bytes);
    }
  }

  ~Memory() { spare_arena.give_back(std::move(arena_)); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void* data(int value) {
    const Plan::Storage& storage = storage_of(value);
    switch (storage.place) {
      case Plan::Place::input: return inputs_[storage.index]->data();
      case Plan::Place::output: return outputs_[storage.index]->data();
      case Plan::Place::arena: break;
    }
    return static_cast<std::byte*>(arena_->data()) + storage.index;
  }

  BufferPtr buffer(int value) {
    const Plan::Storage& storage = storage_of(value);
    return storage.place == Plan::Place::input ? inputs_[storage.index] : outputs_[storage.index];
  }

 private:
  const Plan::Storage& storage_of(int value) const {
    const int id = plan_.storage_of[static_cast<std::size_t>(value)];
    return plan_.storages[static_cast<std::size_t>(id)];
  }

  /// The input's buffer, if the caller gave it up.
  BufferPtr donated(int donor) const {
    if (donor < 0) return nullptr;
    const BufferPtr& buffer = inputs_[static_cast<std::size_t>(donor)];
    return buffer.use_count() == 1 ? buffer : nullptr;
  }

  const Plan& plan_;
  std::vector<BufferPtr> inputs_;
  std::vector<BufferPtr> outputs_;
  BufferPtr arena_;
};

void run_step(const Plan& plan, const Program::Step& step, Memory& memory,
              const ParallelFor& parallel) {
  const auto views = [&](const std::vector<int>& values) {
    std::vector<Array> arrays;
    arrays.reserve(values.size());
    for (const int value : values) {
      const TensorSpec& spec = plan.program.values[static_cast<std::size_t>(value)];
      arrays.push_back({memory.data(value), spec.shape, spec.dtype});
    }
    return arrays;
  };
  const std::vector<Array> inputs = views(step.inputs);
  const std::vector<Array> outputs = views(step.outputs);
  step.primitive->kernel({inputs, outputs, step.attributes.get(), parallel});
}

}  // namespace

std::vector<BufferPtr> execute(const Plan& plan, std::vector<BufferPtr> inputs) {
  if (inputs.size() != plan.program.inputs.size()) {
    throw InternalError("execute: {} buffers for {} inputs", inputs.size(),
                        plan.program.inputs.size());
  }
  Memory memory(plan, std::move(inputs));
  run_in_arena([&] {
    const ParallelFor parallel = &parallel_for;
    for (const Program::Step& step : plan.program.steps) {
      if (!step.primitive->shares_buffer) run_step(plan, step, memory, parallel);
    }
  });
  std::vector<BufferPtr> results;
  for (const int value : plan.program.outputs) results.push_back(memory.buffer(value));
  return results;
}

}  // namespace linseed
