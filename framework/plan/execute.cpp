// Running a plan: every step in order, each kernel's loops on the arena's threads. Replicas run
// side by side from one meeting to the next, so nothing ever waits inside of a task.
#include <algorithm>
#include <cstring>
#include <mutex>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/check_finite_internal.h>
#include <linseed/framework/plan/parallel_internal.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/framework/plan/profile_internal.h>

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
  bool is_profiled;                  // see start_profile
  const StepPlace* outer = nullptr;  // the step whose program runs
};

/// The replicas that run one plan, and the axes they lie along: as many as the product of the
/// sizes, the last axis varying fastest. Outside of all axes there is one.
struct Replicas {
  std::span<const Places> places;
  std::span<const ReplicaAxis> axes;
};

void run_steps(const Plan& plan, const Replicas& replicas, const Run& run);

/// Runs the plan of a program inside of a step, in the parts of the arena that lie at `offset` in
/// those of the step's replicas.
void run_nested(const Plan& plan, std::size_t offset, const Replicas& outer,
                std::span<const ReplicaAxis> axes, const Run& run, std::span<const Sources> inputs,
                std::span<const Targets> outputs) {
  const std::size_t copies = inputs.size() / outer.places.size();
  const std::vector<int>& results = plan.program.outputs;
  std::vector<Places> places;
  for (std::size_t r = 0; r < inputs.size(); ++r) {
    std::byte* const arena =
        outer.places[r / copies].arena + offset + (r % copies) * plan.arena_bytes;
    places.push_back({plan, {}, std::vector<void*>(plan.output_buffers.size()), arena});
    for (const void* input : inputs[r]) places[r].inputs.push_back(const_cast<void*>(input));
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Plan::Storage& storage = places[r].storage_of(results[i]);
      if (storage.place != Plan::Place::output) continue;
      void*& target = places[r].outputs[storage.index];
      if (target == nullptr) target = outputs[r][i];
    }
  }
  run_steps(plan, {places, axes}, run);
  // A result may be an input, or another result.
  for (std::size_t r = 0; r < places.size(); ++r) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      const void* result = places[r].data(results[i]);
      if (result == outputs[r][i]) continue;
      std::memcpy(outputs[r][i], result, places[r].storage_of(results[i]).bytes);
    }
  }
}

/// One step with a joint kernel, for replicas that go through it together.
void run_joint(const Plan& plan, const StepPlace& place, const Replicas& replicas, const Run& run) {
  const Program::Step& step = place.step();
  const StepTimer timer(run.is_profiled, plan, place, replicas.places.size(), run.parallel);
  const Run inside{run.parallel, run.is_checked, run.is_profiled, &place};
  std::vector<ReplicaAxis> axes(replicas.axes.begin(), replicas.axes.end());
  std::vector<RunProgram> programs;
  if (const auto nested = plan.nested.find(place.number); nested != plan.nested.end()) {
    if (step.primitive->axis != nullptr) axes.push_back(step.primitive->axis(step.attributes));
    const std::size_t offset = nested->second.arena_offset;
    for (const Plan& inner : nested->second.plans) {
      programs.emplace_back([&inner, offset, &replicas, &axes, &inside](auto from, auto to) {
        run_nested(inner, offset, replicas, axes, inside, from, to);
      });
    }
  }
  // A call refers to its arrays, which therefore must not move.
  std::vector<std::vector<Array>> arrays;
  std::vector<KernelCall> calls;
  arrays.reserve(2 * replicas.places.size());
  for (const Places& one : replicas.places) {
    const auto& inputs = arrays.emplace_back(one.views(step.inputs));
    const auto& outputs = arrays.emplace_back(one.views(step.outputs));
    calls.push_back({inputs, outputs, step.attributes.get(), timer.parallel_for()});
  }
  const JointCall call{calls, programs};
  try {
    run.is_checked ? run_checked(place, call, replicas.axes) : step.primitive->joint_kernel(call);
  } catch (Error& error) {  // replicas that are not in step
    if (!step.label->path.empty()) error.add_module_path(step.label->path);
    throw;
  }
}

/// One step for one replica.
void run_step(const Places& places, const StepPlace& place, const Run& run) {
  const Program::Step& step = place.step();
  if (step.primitive->joint_kernel != nullptr) {
    return run_joint(places.plan, place, {std::span(&places, 1), {}}, run);
  }
  const StepTimer timer(run.is_profiled, places.plan, place, 1, run.parallel);
  const std::vector<Array> inputs = places.views(step.inputs);
  const std::vector<Array> outputs = places.views(step.outputs);
  const KernelCall call{inputs, outputs, step.attributes.get(), timer.parallel_for()};
  if (run.is_checked) return run_checked(place, call);
  step.primitive->kernel(call);
}

/// The steps [first, end), in which no replicas meet: each replica runs all of them on its own.
void run_apart(const Plan& plan, int first, int end, const Replicas& replicas, const Run& run) {
  const std::vector<Program::Step>& steps = plan.program.steps;
  const auto count = static_cast<std::int64_t>(replicas.places.size());
  const ParallelFor parallel = count == 1 ? run.parallel : &parallel_for_inside;
  const Run inside{parallel, run.is_checked, run.is_profiled, run.outer};
  const auto run_some = [&](std::int64_t begin, std::int64_t last) {
    for (std::int64_t r = begin; r < last; ++r) {
      for (int number = first; number < end; ++number) {
        if (steps[static_cast<std::size_t>(number)].primitive->shares_buffer) continue;
        run_step(replicas.places[static_cast<std::size_t>(r)],
                 {plan.program, number, run.outer, r, replicas.axes}, inside);
      }
    }
  };
  if (count == 1) return run_some(0, 1);
  double elements = 0;  // that one replica goes through
  for (int number = first; number < end; ++number) {
    const Program::Step& step = steps[static_cast<std::size_t>(number)];
    std::int64_t largest = 0;
    for (const auto* values : {&step.inputs, &step.outputs}) {
      for (const int value : *values) {
        largest = std::max(largest, plan.program.spec(value).shape.size());
      }
    }
    elements += static_cast<double>(largest);
  }
  run.parallel(count, elements, run_some);
}

/// Step `number`, in which replicas meet along the axes `names`.
void run_meeting(const Plan& plan, int number, const std::set<std::string>& names,
                 const Replicas& replicas, const Run& run) {
  const auto outermost =
      std::find_if(replicas.axes.begin(), replicas.axes.end(),
                   [&](const ReplicaAxis& axis) { return names.contains(axis.name); });
  const auto size_from = [&](auto axis) {
    std::size_t size = 1;
    for (; axis != replicas.axes.end(); ++axis) size *= static_cast<std::size_t>(axis->size);
    return size;
  };
  const std::size_t block = size_from(outermost);
  const auto axes =
      replicas.axes.subspan(static_cast<std::size_t>(outermost - replicas.axes.begin()));
  const StepPlace place{plan.program, number, run.outer};
  const bool runs_programs = plan.nested.contains(number);
  const std::size_t stride = runs_programs ? 1 : size_from(std::next(outermost));
  for (std::size_t begin = 0; begin < replicas.places.size(); begin += block) {
    const auto together = replicas.places.subspan(begin, block);
    if (stride == 1) {
      run_joint(plan, place, {together, axes}, run);
      continue;
    }
    // Those that differ in their place along this axis alone.
    for (std::size_t i = 0; i < stride; ++i) {
      std::vector<Places> line;
      for (std::size_t r = i; r < block; r += stride) line.push_back(together[r]);
      run_joint(plan, place, {line, axes.first(1)}, run);
    }
  }
}

void run_steps(const Plan& plan, const Replicas& replicas, const Run& run) {
  const int count = static_cast<int>(plan.program.steps.size());
  int next = 0;
  for (const auto& [number, names] : plan.meetings) {
    run_apart(plan, next, number, replicas, run);
    run_meeting(plan, number, names, replicas, run);
    next = number + 1;
  }
  run_apart(plan, next, count, replicas, run);
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

std::vector<BufferPtr> execute(const Plan& plan, std::vector<BufferPtr> inputs, bool is_checked) {
  if (inputs.size() != plan.program.inputs.size()) {
    throw InternalError("execute: {} buffers for {} inputs", inputs.size(),
                        plan.program.inputs.size());
  }
  const Buffers buffers(plan, std::move(inputs));
  const Places places = buffers.places(plan);
  {
    const ProfileScope profile("run", &plan.times->run);
    const bool is_profiled = profile.is_on();
    run_in_arena([&] {
      const ParallelFor parallel = &parallel_for;
      run_steps(plan, {std::span(&places, 1), {}}, {parallel, is_checked, is_profiled});
    });
  }
  std::vector<BufferPtr> results;
  for (const int value : plan.program.outputs) {
    results.push_back(buffers.at(places.storage_of(value)));
  }
  return results;
}

}  // namespace linseed
