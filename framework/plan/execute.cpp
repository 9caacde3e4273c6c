// Running a plan: every step in order, each kernel's loops on the arena's threads.
#include <cstring>
#include <mutex>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/check_finite_internal.h>
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

/// Where the values of one run are.
struct Places {
  const Plan& plan;
  std::vector<void*> inputs;   // and captured tensors
  std::vector<void*> outputs;  // by output buffer
  std::byte* arena;

  const Plan::Storage& storage_of(int value) const {
    const int id = plan.storage_of[static_cast<std::size_t>(value)];
    return plan.storages[static_cast<std::size_t>(id)];
  }

  void* data(int value) const {
    const Plan::Storage& storage = storage_of(value);
    switch (storage.place) {
      case Plan::Place::input: return inputs[storage.index];
      case Plan::Place::output: return outputs[storage.index];
      case Plan::Place::arena: break;
    }
    return arena + storage.index;
  }

  std::vector<Array> views(const std::vector<int>& values) const {
    std::vector<Array> arrays;
    arrays.reserve(values.size());
    for (const int value : values) {
      const TensorSpec& spec = plan.program.spec(value);
      arrays.push_back({data(value), spec.shape, spec.dtype});
    }
    return arrays;
  }
};

/// What all steps of a run have in common.
struct Run {
  const ParallelFor& parallel;
  bool is_checked;                   // see set_check_finite
  const StepPlace* outer = nullptr;  // the step whose program runs
};

void run_steps(const Places& places, const Run& run);

/// Runs the plan of a program inside another one, in a part of that one's arena.
void run_nested(const Plan& plan, std::byte* arena, const Run& run,
                std::span<const void* const> inputs, std::span<void* const> outputs) {
  Places places{plan, {}, std::vector<void*>(plan.output_buffers.size()), arena};
  for (const void* input : inputs) places.inputs.push_back(const_cast<void*>(input));
  const std::vector<int>& results = plan.program.outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Plan::Storage& storage = places.storage_of(results[i]);
    if (storage.place != Plan::Place::output) continue;
    void*& target = places.outputs[storage.index];
    if (target == nullptr) target = outputs[i];
  }
  run_steps(places, run);
  // A result may be an input, or another result.
  for (std::size_t i = 0; i < results.size(); ++i) {
    const void* result = places.data(results[i]);
    if (result != outputs[i]) std::memcpy(outputs[i], result, places.storage_of(results[i]).bytes);
  }
}

void run_step(const Places& places, int number, const Run& run) {
  const Plan& plan = places.plan;
  const Program::Step& step = plan.program.steps[static_cast<std::size_t>(number)];
  const std::vector<Array> inputs = places.views(step.inputs);
  const std::vector<Array> outputs = places.views(step.outputs);
  const StepPlace place{plan.program, number, run.outer};
  const Run inside{run.parallel, run.is_checked, &place};
  std::vector<RunProgram> programs;
  if (const auto nested = plan.nested.find(number); nested != plan.nested.end()) {
    for (const Plan& inner : nested->second.plans) {
      std::byte* arena = places.arena + nested->second.arena_offset;
      programs.emplace_back([&inner, arena, &inside](auto from, auto to) {
        run_nested(inner, arena, inside, from, to);
      });
    }
  }
  const KernelCall call{inputs, outputs, step.attributes.get(), run.parallel, programs};
  if (run.is_checked) return run_checked(place, call);
  step.primitive->kernel(call);
}

void run_steps(const Places& places, const Run& run) {
  const std::vector<Program::Step>& steps = places.plan.program.steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].primitive->shares_buffer) run_step(places, static_cast<int>(i), run);
  }
}

/// The buffers of one run: what was passed in, what will be handed out, and the arena.
class Buffers {
 public:
  Buffers(const Plan& plan, std::vector<BufferPtr> inputs)
      : inputs_(std::move(inputs)), arena_(spare_arena.take(plan.arena_bytes)) {
    for (const Tensor& captured : plan.program.captured) {
      inputs_.push_back(captured.node()->buffers[static_cast<std::size_t>(captured.output())]);
    }
    for (const Plan::OutputBuffer& output : plan.output_buffers) {
      outputs_.push_back(donated(output.donor));
      if (!outputs_.back()) outputs_.back() = std::make_shared<Buffer>(output.bytes);
    }
  }

  ~Buffers() { spare_arena.give_back(std::move(arena_)); }
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  Places places(const Plan& plan) const {
    Places result{plan, {}, {}, static_cast<std::byte*>(arena_->data())};
    for (const BufferPtr& input : inputs_) result.inputs.push_back(input->data());
    for (const BufferPtr& output : outputs_) result.outputs.push_back(output->data());
    return result;
  }

  BufferPtr at(const Plan::Storage& storage) const {
    return storage.place == Plan::Place::input ? inputs_[storage.index] : outputs_[storage.index];
  }

 private:
  /// The input's buffer, if the caller gave it up.
  BufferPtr donated(int donor) const {
    if (donor < 0) return nullptr;
    const BufferPtr& buffer = inputs_[static_cast<std::size_t>(donor)];
    return buffer.use_count() == 1 ? buffer : nullptr;
  }

  std::vector<BufferPtr> inputs_;
  std::vector<BufferPtr> outputs_;
  BufferPtr arena_;
};

}  // namespace

std::vector<BufferPtr> execute(const Plan& plan, std::vector<BufferPtr> inputs) {
  if (inputs.size() != plan.program.inputs.size()) {
    throw InternalError("execute: {} buffers for {} inputs", inputs.size(),
                        plan.program.inputs.size());
  }
  const Buffers buffers(plan, std::move(inputs));
  const Places places = buffers.places(plan);
  const bool is_checked = check_finite();
  run_in_arena([&] {
    const ParallelFor parallel = &parallel_for;
    run_steps(places, {parallel, is_checked});
  });
  std::vector<BufferPtr> results;
  for (const int value : plan.program.outputs) {
    results.push_back(buffers.at(places.storage_of(value)));
  }
  return results;
}

}  // namespace linseed
