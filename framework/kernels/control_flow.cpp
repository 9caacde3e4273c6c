// Control flow: each run of a body reads one set of buffers and writes another, so nothing is ever
// written over what is being read.
#include <linseed/framework/kernels/control_flow.h>

#include <cstring>
#include <vector>

#include <linseed/framework/core/buffer.h>

namespace linseed::kernels {
namespace {

using Sources = std::vector<const void*>;
using Targets = std::vector<void*>;

std::size_t bytes_of(const Array& array) {
  return static_cast<std::size_t>(array.size()) * size_of(array.dtype);
}

Sources sources_of(std::span<const Array> arrays) {
  Sources result;
  for (const Array& array : arrays) result.push_back(array.data);
  return result;
}

Targets targets_of(std::span<const Array> arrays) {
  Targets result;
  for (const Array& array : arrays) result.push_back(array.data);
  return result;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// The inputs [first, first + count) of a call.
std::span<const Array> inputs_of(const KernelCall& call, int first, int count) {
  return call.inputs.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

/// Everything from input `first` on.
std::span<const Array> rest_of(const KernelCall& call, int first) {
  return call.inputs.subspan(static_cast<std::size_t>(first));
}

/// A second set of buffers for what a loop carries; the first are the outputs themselves.
class SpareCarries {
 public:
  explicit SpareCarries(std::span<const Array> carries) {
    for (const Array& carry : carries) {
      buffers_.push_back(std::make_unique<Buffer>(bytes_of(carry)));
      targets.push_back(buffers_.back()->data());
    }
  }

  Targets targets;

 private:
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

void copy(const Sources& from, const Targets& to, std::span<const Array> like) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (from[i] != to[i]) std::memcpy(to[i], from[i], bytes_of(like[i]));
  }
}

Sources as_sources(const Targets& targets) { return {targets.begin(), targets.end()}; }

/// The entry `index` of each of `arrays`, whose first dimension is `length`.
template <class Pointer>
void append_entries(std::vector<Pointer>& to, std::span<const Array> arrays, std::int64_t index,
                    std::int64_t length) {
  for (const Array& array : arrays) {
    const std::size_t entry = bytes_of(array) / static_cast<std::size_t>(length);
    to.push_back(static_cast<std::byte*>(array.data) + static_cast<std::size_t>(index) * entry);
  }
}

}  // namespace

void call_program(const KernelCall& call) {
  call.programs[0](sources_of(call.inputs), targets_of(call.outputs));
}

void scan(const KernelCall& call) {
  const auto& attributes = call.attributes_as<ScanAttributes>();
  const auto carry_count = static_cast<std::size_t>(attributes.carries);
  const auto sequences = inputs_of(call, attributes.carries, attributes.sequences);
  const Sources captured = sources_of(rest_of(call, attributes.carries + attributes.sequences));
  const auto carries = call.outputs.first(carry_count);
  const auto results = call.outputs.subspan(carry_count);
  const Targets last = targets_of(carries);
  const SpareCarries spare(carries);

  Sources carry = sources_of(inputs_of(call, 0, attributes.carries));
  for (std::int64_t run = 0; run < attributes.length; ++run) {
    const std::int64_t index = attributes.reverse ? attributes.length - 1 - run : run;
    Sources from = carry;
    append_entries(from, sequences, index, attributes.length);
    append(from, captured);
    // The last run writes the outputs.
    Targets to = (attributes.length - run) % 2 == 1 ? last : spare.targets;
    carry = as_sources(to);
    append_entries(to, results, index, attributes.length);
    call.programs[0](from, to);
  }
  copy(carry, last, carries);
}

void cond(const KernelCall& call) {
  const auto& attributes = call.attributes_as<CondAttributes>();
  const bool chosen = *call.inputs[0].as<bool>();
  const int first_of_false = 1 + attributes.operands + attributes.captured_if_true;
  Sources from = sources_of(inputs_of(call, 1, attributes.operands));
  append(from,
         sources_of(chosen ? inputs_of(call, 1 + attributes.operands, attributes.captured_if_true)
                           : rest_of(call, first_of_false)));
  call.programs[chosen ? 0 : 1](from, targets_of(call.outputs));
}

void while_loop(const KernelCall& call) {
  const auto& attributes = call.attributes_as<WhileAttributes>();
  const Sources condition_captured =
      sources_of(inputs_of(call, attributes.carries, attributes.captured_by_condition));
  const Sources body_captured =
      sources_of(rest_of(call, attributes.carries + attributes.captured_by_condition));
  const Targets last = targets_of(call.outputs);
  const SpareCarries spare(call.outputs);

  Sources carry = sources_of(inputs_of(call, 0, attributes.carries));
  const auto goes_on = [&] {
    Sources from = carry;
    append(from, condition_captured);
    bool result = false;
    void* const target = &result;
    call.programs[0](from, std::span(&target, 1));
    return result;
  };
  for (bool to_last = true; goes_on(); to_last = !to_last) {
    Sources from = carry;
    append(from, body_captured);
    const Targets& to = to_last ? last : spare.targets;
    call.programs[1](from, to);
    carry = as_sources(to);
  }
  copy(carry, last, call.outputs);
}

}  // namespace linseed::kernels
