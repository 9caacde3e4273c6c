#include <linseed/framework/report/summary.h>

#include <algorithm>
#include <map>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/cost.h>
#include <linseed/framework/module/capture.h>
#include <linseed/framework/module/frame.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/framework/report/memory_internal.h>

namespace linseed::nn {
namespace {

constexpr std::string_view kTransformation = "summary";

Tensor like(const Tensor& tensor) {
  return placeholder(tensor.spec(), std::string(kTransformation));
}

/// A model on placeholders: parameters, state and inputs without values.
struct Traced {
  std::vector<Tensor> inputs;
  Tensor key;
  Tensor weight;  // of the loss: a number would make constants of its derivatives
  Tree params;
  Collection state;
};

/// What a run of it gives.
struct Run {
  Tree output;
  Collection new_state;
};

/// A call of a module, and what it returned.
struct Use {
  std::string path;
  std::vector<TensorSpec> output;
};

Traced trace(const detail::Summarised& module, const std::vector<TensorSpec>& specs) {
  Traced traced{detail::abstract_inputs(specs), like(random::key(0)), like(zeros({})), {}, {}};
  // Initial values are built for their shapes and never evaluated.
  const auto init = [&] { return module.init(random::key(0), traced.inputs); };
  auto [params, state] = stateful([&] { return stochastic(traced.key, init); });
  traced.params = tree::map(like, params);
  traced.state = Collection(tree::map(like, state.as_dict()));
  return traced;
}

Run run(const detail::Summarised& module, const Traced& traced, const Tree& params) {
  const auto call = [&] { return module.run(params, traced.inputs); };
  auto [output, new_state] = stateful(traced.state, [&] { return stochastic(traced.key, call); });
  return {std::move(output), std::move(new_state)};
}

/// A run, and all calls in it in the order in which they return. Shapes are enough, so, unlike a
/// collection of outputs, it may see into loops.
std::pair<Run, std::vector<Use>> watched_run(const detail::Summarised& module,
                                             const Traced& traced) {
  std::vector<Use> uses;
  const CaptureScope scope([&](const Tree& output) {
    Use& use = uses.emplace_back(Use{current_frame()->path(), {}});
    for (const Tensor& tensor : tree::leaves(output)) use.output.push_back(tensor.spec());
  });
  Run result = run(module, traced, traced.params);
  return {std::move(result), std::move(uses)};
}

/// The sum of all that is floating in `output`.
Tensor loss_of(const Tree& output) {
  Tensor loss;
  tree::for_each_leaf(output, [&](const Tensor& tensor) {
    if (!is_floating(tensor.dtype())) return;
    const Tensor own = astype(sum(tensor), float32);
    loss = loss.defined() ? loss + own : own;
  });
  if (!loss.defined()) {
    throw NotSupported(
        "summary: no output is floating, so there is nothing to differentiate; say "
        ".training = false");
  }
  return loss;
}

Program close_run(const Traced& traced, std::vector<Tensor> results, const Collection& new_state) {
  for (const Tensor& tensor : tree::leaves(new_state)) results.push_back(tensor);
  std::vector<Tensor> inputs = traced.inputs;
  inputs.insert(inputs.end(), {traced.key, traced.weight});
  for (const Tensor& tensor : tree::leaves(traced.params)) inputs.push_back(tensor);
  for (const Tensor& tensor : tree::leaves(traced.state)) inputs.push_back(tensor);
  return close(results, inputs, TraceLevel::current()).program;
}

Program training_program(const detail::Summarised& module, const Traced& traced) {
  const auto loss_fn = [&](const Tree& params) {
    Run result = run(module, traced, params);
    return std::pair(loss_of(result.output) * traced.weight, std::move(result.new_state));
  };
  auto [loss, new_state, gradient] = value_and_grad(loss_fn, has_aux)(traced.params);
  // The loss first: a program goes through what its outputs need in their order.
  std::vector<Tensor> results{loss};
  for (const Tensor& tensor : tree::leaves(gradient)) results.push_back(tensor);
  return close_run(traced, std::move(results), new_state);
}

/// The paths of a tree of modules, parents first, otherwise in the order in which they are added.
class Paths {
 public:
  explicit Paths(int depth) : depth_(depth) {}

  /// "/a/b/c" at depth 2: "/a/b".
  std::string folded(std::string_view path) const {
    std::size_t end = 0;
    for (int i = 0; i < depth_ && end != std::string_view::npos; ++i) end = path.find('/', end + 1);
    return std::string(path.substr(0, end));
  }

  void add(std::string_view path) {
    Tree* part = &tree_;
    for (std::size_t begin = 1; begin < path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      part = &(*part)[path.substr(begin, end - begin)];
      begin = end + 1;
    }
  }

  std::vector<std::string> in_order() const {
    std::vector<std::string> all{"/"};
    list(tree_, "", all);
    return all;
  }

 private:
  static void list(const Tree& part, const std::string& path, std::vector<std::string>& all) {
    for (const auto& [name, child] : part) {
      const std::string below = path + '/' + name;  // `all` may move its own when it grows
      all.push_back(below);
      list(child, below, all);
    }
  }

  const int depth_;
  Tree tree_;
};

/// The table while it is filled.
class Summariser {
 public:
  Summariser(const SummaryOptions& options, const std::vector<Use>& uses) : paths_(options.depth) {
    for (const Use& use : uses) paths_.add(paths_.folded(use.path));
    for (const std::string& path : paths_.in_order()) {
      index_[path] = summary_.rows.size();
      summary_.rows.push_back({.path = path});
    }
    for (const Use& use : uses) add(use);
    summary_.memory_limit = options.memory_limit;
    summary_.training = options.training;
  }

  void count_params(const Tree& params) {
    for (const tree::NamedLeaf& leaf : tree::named_leaves(params)) {
      row("/" + leaf.path()).params += leaf.tensor.size();
      summary_.param_bytes += static_cast<double>(leaf.tensor.size()) *
                              static_cast<double>(size_of(leaf.tensor.dtype()));
    }
  }

  void count_state(const Collection& state) {
    for (const auto& [path, variables] : state.as_dict()) {
      for (const Tensor& tensor : tree::leaves(variables)) row(path).state += tensor.size();
    }
  }

  void count_forward(const Program& program) {
    for (const Program::Step& step : program.steps) {
      row(step.label->path).multiply_adds += cost_of(program, step).flops / 2;
    }
    const Plan plan = make_plan(program, &optimize);
    summary_.forward_overrun = watch(plan, &SummaryRow::forward_bytes);
  }

  void count_training(Program program) {
    const Plan plan = make_plan(std::move(program), &optimize);
    summary_.training_overrun = watch(plan, &SummaryRow::training_bytes);
    const std::vector<double> kept = bytes_kept(plan);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      row(plan.program.steps[i].label->path).kept_bytes += kept[i];
    }
  }

  Summary result(const std::vector<TensorSpec>& inputs) && {
    summary_.inputs = inputs;
    SummaryRow& total = summary_.total;
    total.path = "total";
    for (const SummaryRow& part : summary_.rows) {
      total.params += part.params;
      total.state += part.state;
      total.multiply_adds += part.multiply_adds;
      total.kept_bytes += part.kept_bytes;
    }
    return std::move(summary_);
  }

 private:
  /// The row of the module at `path`, or of the one around it that has one.
  SummaryRow& row(std::string_view path) {
    std::string own = paths_.folded(path);
    while (own.size() > 1) {
      const auto found = index_.find(own);
      if (found != index_.end()) return summary_.rows[found->second];
      const std::size_t end = own.rfind('/');
      own.resize(end == std::string::npos ? 0 : end);  // a LabelScope may have any text
    }
    return summary_.rows.front();
  }

  void add(const Use& use) {
    if (use.path != "/" && paths_.folded(use.path) != use.path) return;
    SummaryRow& own = row(use.path);
    ++own.uses;
    own.output = use.output;
  }

  /// Notes the bytes that are alive while each row runs, and what the run takes; returns where that
  /// passes the limit.
  std::optional<OutOfMemory> watch(const Plan& plan, double SummaryRow::*bytes) {
    std::optional<OutOfMemory> overrun;
    const std::vector<StepMemory> memory = memory_of_steps(plan);
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const Label& label = *plan.program.steps[i].label;
      SummaryRow& own = row(label.path);
      own.*bytes = std::max(own.*bytes, memory[i].alive);
      summary_.total.*bytes = memory[i].taken;
      if (!overrun && memory[i].taken > summary_.memory_limit) {
        overrun = {own.path, label.is_backward, memory[i].taken};
      }
    }
    return overrun;
  }

  Paths paths_;
  Summary summary_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace

Summary detail::summarise(const Summarised& module, const std::vector<TensorSpec>& inputs,
                          const SummaryOptions& options) {
  if (options.depth < 1) throw InvalidArgument("summary: depth {} is less than 1", options.depth);
  const TraceLevel level;
  const Traced traced = trace(module, inputs);
  const auto [forward, uses] = watched_run(module, traced);
  Summariser summariser(options, uses);
  summariser.count_params(traced.params);
  summariser.count_state(traced.state);
  summariser.count_forward(close_run(traced, tree::leaves(forward.output), forward.new_state));
  if (options.training) summariser.count_training(training_program(module, traced));
  return std::move(summariser).result(inputs);
}

}  // namespace linseed::nn
