#include <linseed/framework/plan/jit.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

#include <fmt/core.h>

#include <linseed/framework/graph/program.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/explain.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/framework/plan/print.h>

namespace linseed {

namespace {

/// The plan of a program, made when it is first asked for.
class LatePlan {
 public:
  const Plan& of(const Program& program) {
    std::call_once(is_made_, [&] { plan_ = make_plan(program); });
    return plan_;
  }

 private:
  std::once_flag is_made_;
  Plan plan_;
};

}  // namespace

struct JitCache::Entry {
  Signature signature;
  Program program;  // as it was traced
  Plan plan;        // of what the passes made of it
  std::any mould;
  std::vector<bool> result_defined;  // which tensors of the result exist
  std::unique_ptr<LatePlan> plan_as_traced = std::make_unique<LatePlan>();

  /// The plan that a call runs: the check for NaN names a step as the user wrote it.
  const Plan& plan_for(bool is_checked) const {
    return is_checked ? plan_as_traced->of(program) : plan;
  }
};

namespace {

constexpr std::size_t kRetraceWarning = 8;

/// What of `now` differs from `before`, in words.
std::string difference(const Signature& before, const Signature& now) {
  if (before.arguments != now.arguments) return "the types of the arguments";
  if (before.structure != now.structure) return "the names or number of tensors, or of replicas";
  for (std::size_t i = 0; i < now.specs.size(); ++i) {
    if (now.specs[i] != before.specs[i]) {
      return fmt::format("argument {}: {} became {}", now.spec_names[i], before.specs[i],
                         now.specs[i]);
    }
  }
  if (const std::string* path = first_difference(now.fixed, before.fixed)) {
    return fmt::format(
        "the fixed argument {} (pass a 0-d tensor instead of a number that "
        "changes; build a module once, not in each call)",
        *path);
  }
  return "nothing";
}

}  // namespace

bool Signature::operator==(const Signature& other) const {
  return arguments == other.arguments && structure == other.structure && specs == other.specs &&
         fixed.values == other.fixed.values;
}

void SignatureVisitor::enter(tree::Kind kind) {
  tree::NameVisitor::enter(kind);
  signature.structure += fmt::format("{}(", name(kind));
}

void SignatureVisitor::key(std::string_view name) {
  tree::NameVisitor::key(name);
  signature.structure += fmt::format("{}:{} ", name.size(), name);
}

void SignatureVisitor::leave() {
  tree::NameVisitor::leave();
  signature.structure += ')';
}

void SignatureVisitor::leaf(const Tensor& tensor) {
  signature.structure += tensor.defined() ? 't' : 'u';
  if (!tensor.defined()) return;
  signature.specs.push_back(tensor.spec());
  signature.spec_names.push_back(path());
}

void SignatureVisitor::replicas(const int& count) {
  if (count > 0) signature.structure += fmt::format("replicas {} ", count);
}

JitCache::JitCache() = default;
JitCache::~JitCache() = default;

std::shared_ptr<const JitCache::Entry> JitCache::find(const Signature& signature) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry->signature == signature; });
  return found == entries_.end() ? nullptr : *found;
}

std::shared_ptr<const JitCache::Entry> JitCache::add(Signature signature,
                                                     const std::vector<Tensor>& results,
                                                     const std::vector<Tensor>& placeholders,
                                                     std::any mould) {
  std::vector<Tensor> outputs;
  std::vector<bool> result_defined;
  for (const Tensor& result : results) {
    result_defined.push_back(result.defined());
    if (result.defined()) outputs.push_back(result);
  }
  std::vector<Tensor> inputs;
  for (const Tensor& argument : placeholders) {
    if (argument.defined()) inputs.push_back(argument);
  }
  Program program = close(outputs, inputs, TraceLevel::current()).program;
  evaluate_tensors(program.captured);
  Plan plan = make_plan(program, &optimize);
  auto entry =
      std::make_shared<const Entry>(Entry{std::move(signature), std::move(program), std::move(plan),
                                          std::move(mould), std::move(result_defined)});

  const std::scoped_lock lock(mutex_);
  for (const auto& other : entries_) {  // another thread may have traced the same meanwhile
    if (other->signature == entry->signature) return other;
  }
  if (entries_.size() + 1 == kRetraceWarning) {
    fmt::print(stderr, "linseed: jit traced the same function {} times; what changed last: {}\n",
               kRetraceWarning, difference(entries_.back()->signature, entry->signature));
  }
  entries_.push_back(entry);
  return entry;
}

std::vector<Tensor> JitCache::run(const Entry& entry, std::vector<Tensor> arguments) {
  const ProfileScope profile("jit call");
  std::erase_if(arguments, [](const Tensor& argument) { return !argument.defined(); });
  evaluate_tensors(arguments);
  std::vector<BufferPtr> buffers;
  for (Tensor& argument : arguments) {
    BufferPtr& buffer = argument.node()->buffers[static_cast<std::size_t>(argument.output())];
    const bool last_handle = argument.node().use_count() == 1;
    buffers.push_back(last_handle ? std::move(buffer) : buffer);
  }
  arguments.clear();
  // A handle that another thread has just dropped: what it read must be read before we write.
  std::atomic_thread_fence(std::memory_order_acquire);

  const Program& program = entry.program;
  const bool is_checked = check_finite();
  std::vector<BufferPtr> outputs =
      execute(entry.plan_for(is_checked), std::move(buffers), is_checked);
  std::vector<Tensor> results;
  std::size_t next = 0;
  for (const bool defined : entry.result_defined) {
    if (!defined) {
      results.emplace_back();
      continue;
    }
    const auto value = static_cast<std::size_t>(program.outputs[next]);
    results.push_back(constant(std::move(outputs[next]), program.values[value]));
    ++next;
  }
  return results;
}

const std::any& JitCache::mould(const Entry& entry) { return entry.mould; }

int JitCache::trace_count() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(entries_.size());
}

std::string JitCache::explain() const {
  const std::scoped_lock lock(mutex_);
  std::string text;
  for (const auto& entry : entries_) text += linseed::explain(entry->plan_for(check_finite()));
  return text;
}

std::string JitCache::describe_programs(const PrintOptions& options) const {
  const std::scoped_lock lock(mutex_);
  std::string text;
  for (const auto& entry : entries_) text += describe(entry->program, options);
  return text;
}

std::string JitCache::describe_plans(const PrintOptions& options) const {
  const std::scoped_lock lock(mutex_);
  std::string text;
  for (const auto& entry : entries_) text += describe(entry->plan, options);
  return text;
}

}  // namespace linseed
