// Control flow: each run of a body reads one set of buffers and writes another, so nothing is ever
// written over what is being read.
#include <linseed/framework/kernels/control_flow.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/program_memory_internal.h>

namespace linseed::kernels {
namespace {

/// The inputs [first, first + count) of a call.
std::span<const Array> inputs_of(const KernelCall& call, int first, int count) {
  return call.inputs.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

/// Everything from input `first` on.
std::span<const Array> rest_of(const KernelCall& call, int first) {
  return call.inputs.subspan(static_cast<std::size_t>(first));
}

/// What one replica of a loop carries. Two sets of buffers take turns: the call's outputs, and
/// spare ones like them.
class Carries {
 public:
  Carries(std::span<const Array> init, std::span<const Array> outputs)
      : outputs_(outputs), last_(targets_of(outputs)), now_(sources_of(init)) {
    for (const Array& carry : outputs) {
      buffers_.push_back(std::make_unique<Buffer>(bytes_of(carry)));
      spare_.push_back(buffers_.back()->data());
    }
  }

  const Sources& now() const { return now_; }
  /// Where the next run leaves its carries, which it may then read from `now`.
  const Targets& next(bool to_last) {
    const Targets& targets = to_last ? last_ : spare_;
    now_.assign(targets.begin(), targets.end());
    return targets;
  }
  /// Leaves the carries in the outputs.
  void finish() const {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (now_[i] != last_[i]) std::memcpy(last_[i], now_[i], bytes_of(outputs_[i]));
    }
  }

 private:
  std::span<const Array> outputs_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  Targets last_;
  Targets spare_;
  Sources now_;
};

/// What all replicas decide, which must be the same: they go through what follows together.
bool common(std::span<const bool> decisions, std::string_view who) {
  const auto differs = std::find(decisions.begin(), decisions.end(), !decisions.front());
  if (differs != decisions.end()) {
    // cond(loss > 1, …) with a psum in a branch, under pmap.
    throw InvalidArgument(
        "{}: replicas exchange values inside of it, so all must decide alike, but replica 0 says "
        "{} and replica {} says {}; decide by something they share, such as pmean or pmax",
        who, decisions.front(), differs - decisions.begin(), *differs);
  }
  return decisions.front();
}

}  // namespace

void call_program(const JointCall& call) {
  std::vector<Sources> from;
  std::vector<Targets> to;
  for (const KernelCall& replica : call.replicas) {
    from.push_back(sources_of(replica.inputs));
    to.push_back(targets_of(replica.outputs));
  }
  call.programs[0](from, to);
}

void scan(const JointCall& call) {
  const auto& attributes = call.attributes_as<ScanAttributes>();
  const auto carry_count = static_cast<std::size_t>(attributes.carries);
  std::vector<Carries> carries;
  for (const KernelCall& replica : call.replicas) {
    carries.emplace_back(inputs_of(replica, 0, attributes.carries),
                         replica.outputs.first(carry_count));
  }
  for (std::int64_t run = 0; run < attributes.length; ++run) {
    const std::int64_t index = attributes.reverse ? attributes.length - 1 - run : run;
    std::vector<Sources> from;
    std::vector<Targets> to;
    for (std::size_t r = 0; r < carries.size(); ++r) {
      const KernelCall& replica = call.replicas[r];
      from.push_back(carries[r].now());
      append_entries(from.back(), inputs_of(replica, attributes.carries, attributes.sequences),
                     index, attributes.length);
      append(from.back(), sources_of(rest_of(replica, attributes.carries + attributes.sequences)));
      // The last run writes the outputs.
      to.push_back(carries[r].next((attributes.length - run) % 2 == 1));
      append_entries(to.back(), replica.outputs.subspan(carry_count), index, attributes.length);
    }
    call.programs[0](from, to);
  }
  for (const Carries& replica : carries) replica.finish();
}

void cond(const JointCall& call) {
  const auto& attributes = call.attributes_as<CondAttributes>();
  const auto decisions = std::make_unique<bool[]>(call.replicas.size());
  for (std::size_t r = 0; r < call.replicas.size(); ++r) {
    decisions[r] = *call.replicas[r].inputs[0].as<bool>();
  }
  const bool chosen = common({decisions.get(), call.replicas.size()}, "cond");
  const int first_of_true = 1 + attributes.operands;
  const int first_of_false = first_of_true + attributes.captured_if_true;
  std::vector<Sources> from;
  std::vector<Targets> to;
  for (const KernelCall& replica : call.replicas) {
    from.push_back(sources_of(inputs_of(replica, 1, attributes.operands)));
    append(from.back(),
           sources_of(chosen ? inputs_of(replica, first_of_true, attributes.captured_if_true)
                             : rest_of(replica, first_of_false)));
    to.push_back(targets_of(replica.outputs));
  }
  call.programs[chosen ? 0 : 1](from, to);
}

void while_loop(const JointCall& call) {
  const auto& attributes = call.attributes_as<WhileAttributes>();
  std::vector<Carries> carries;
  for (const KernelCall& replica : call.replicas) {
    carries.emplace_back(inputs_of(replica, 0, attributes.carries), replica.outputs);
  }
  const auto inputs = [&](int first, int count) {
    std::vector<Sources> from;
    for (std::size_t r = 0; r < carries.size(); ++r) {
      from.push_back(carries[r].now());
      append(from.back(), sources_of(inputs_of(call.replicas[r], first, count)));
    }
    return from;
  };
  const int first_of_body = attributes.carries + attributes.captured_by_condition;
  const int captured_by_body =
      static_cast<int>(call.replicas.front().inputs.size()) - first_of_body;
  const auto decisions = std::make_unique<bool[]>(carries.size());
  std::vector<Targets> answers;
  for (std::size_t r = 0; r < carries.size(); ++r) answers.push_back({&decisions[r]});
  const auto goes_on = [&] {
    call.programs[0](inputs(attributes.carries, attributes.captured_by_condition), answers);
    return common({decisions.get(), carries.size()}, "while_loop");
  };
  for (bool to_last = true; goes_on(); to_last = !to_last) {
    const std::vector<Sources> from = inputs(first_of_body, captured_by_body);
    std::vector<Targets> to;
    for (Carries& replica : carries) to.push_back(replica.next(to_last));
    call.programs[1](from, to);
  }
  for (const Carries& replica : carries) replica.finish();
}

}  // namespace linseed::kernels
