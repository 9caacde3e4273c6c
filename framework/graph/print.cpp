#include <linseed/framework/graph/print.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <unordered_set>

namespace linseed {
namespace {

constexpr std::size_t kLongestAttributes = 120;  // bytes

void write(const Program& program, const PrintOptions& options, const std::string& indent,
           std::string& text) {
  for (const int value : program.inputs) {
    text += fmt::format("{}%{} = input {}\n", indent, value, program.spec(value));
  }
  for (const int value : program.captured_values) {
    text += fmt::format("{}%{} = captured {}\n", indent, value, program.spec(value));
  }
  const auto show = [&](std::size_t i) {
    const Program::Step& step = program.steps[i];
    text += fmt::format("{}{} = {} {}{}\n", indent, detail::value_list(step.outputs),
                        step.primitive->name, detail::value_list(step.inputs),
                        detail::step_suffix(program, step));
    if (step.primitive->programs == nullptr) return;
    for (const Program* nested : step.primitive->programs(step.attributes)) {
      write(*nested, options, indent + "  ", text);
    }
  };
  detail::for_shown_steps(program.steps.size(), options, show, [&](std::size_t left_out) {
    text += fmt::format("{}… {} more steps …\n", indent, left_out);
  });
  text += fmt::format("{}outputs {}\n", indent, detail::value_list(program.outputs));
}

std::string summary(const Program& program) {
  const std::size_t count = program.steps.size();
  return fmt::format("{} step{}{}{}; inputs {} bytes, captured {}, outputs {}\n", count,
                     count == 1 ? "" : "s", count == 0 ? "" : ": ", detail::count_of_ops(program),
                     detail::bytes_of(program, program.inputs),
                     detail::bytes_of(program, program.captured_values),
                     detail::bytes_of(program, program.outputs));
}

/// `text` as a part of a label in Graphviz's language.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

/// The nodes and arrows of a program: a box for each step that is shown, one for the rest, and an
/// oval for each value from outside; arrows follow the values. The programs that a step runs are
/// clusters, which a dashed line ties to it.
class DotProgram {
 public:
  /// `prefix` tells the nodes of one program from another's.
  DotProgram(const Program& program, const PrintOptions& options, std::string prefix,
             std::string indent)
      : program_(program),
        options_(options),
        prefix_(std::move(prefix)),
        indent_(std::move(indent)),
        maker_(program.values.size()) {
    for (const int value : program.inputs) add_outside(value, "input");
    for (const int value : program.captured_values) add_outside(value, "captured");
    std::size_t shown = 0;
    const auto show = [&](std::size_t i) {
      shown = i + 1;
      add_step(i);
    };
    detail::for_shown_steps(program.steps.size(), options, show,
                            [&](std::size_t count) { add_rest(shown, count); });
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string& maker(int value) { return maker_[static_cast<std::size_t>(value)]; }

  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += indent_ + fmt::format(format, std::forward<Arguments>(arguments)...) + '\n';
  }

  void add_outside(int value, std::string_view what) {
    maker(value) = fmt::format("{}v{}", prefix_, value);
    line("{} [shape=ellipse, label=\"{}\\n{}\"];", maker(value), what, program_.spec(value));
  }

  void add_step(std::size_t i) {
    const Program::Step& step = program_.steps[i];
    const std::string name = fmt::format("{}s{}", prefix_, i);
    std::string label(step.primitive->name);
    for (const int value : step.outputs) {
      label += fmt::format("\\n{}", program_.spec(value));
      maker(value) = name;
    }
    if (!step.label->path.empty()) label += "\\n" + escaped(to_string(*step.label));
    line("{} [label=\"{}\"];", name, label);
    for (const int value : step.inputs) line("{} -> {};", maker(value), name);
    if (step.primitive->programs == nullptr) return;
    int number = 0;
    for (const Program* nested : step.primitive->programs(step.attributes)) {
      const std::string inner = fmt::format("{}_p{}", name, number);
      line("subgraph cluster_{} {{", inner);
      line("  label=\"program {} of {}\";", number++, step.primitive->name);
      line("  {} [shape=point];", inner);
      text_ += DotProgram(*nested, options_, inner + "_", indent_ + "  ").text();
      line("}}");
      line("{} -> {} [style=dashed, dir=none];", name, inner);
    }
  }

  /// The `count` steps from `first` on as one box.
  void add_rest(std::size_t first, std::size_t count) {
    const std::string name = prefix_ + "rest";
    line("{} [style=dashed, label=\"{} more steps\"];", name, count);
    std::set<std::string> read;
    for (std::size_t i = first; i < first + count; ++i) {
      for (const int value : program_.steps[i].inputs) read.insert(maker(value));
      for (const int value : program_.steps[i].outputs) maker(value) = name;
    }
    read.erase(name);
    for (const std::string& source : read) line("{} -> {};", source, name);
  }

  const Program& program_;
  const PrintOptions& options_;
  std::string prefix_, indent_;
  std::vector<std::string> maker_;  // the node that each value comes from
  std::string text_;
};

std::string to_dot(const Program& program, const PrintOptions& options) {
  return "digraph linseed {\n  node [shape=box];\n" +
         DotProgram(program, options, "", "  ").text() + "}\n";
}

/// The placeholders that `tensor` is computed from, in the order in which a walk meets them.
std::vector<Tensor> placeholders_of(const Tensor& tensor) {
  const std::scoped_lock lock(inputs_mutex());
  std::vector<Tensor> found;
  std::unordered_set<const Node*> seen;
  std::vector<Tensor> pending{tensor};
  while (!pending.empty()) {
    const Tensor next = std::move(pending.back());
    pending.pop_back();
    if (!seen.insert(next.node().get()).second || next.is_evaluated()) continue;
    const auto& inputs = next.node()->inputs;
    if (next.node()->primitive == nullptr) found.push_back(next);
    pending.insert(pending.end(), inputs.rbegin(), inputs.rend());
  }
  return found;
}

}  // namespace

std::string detail::value_list(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += fmt::format("{}%{}", text.empty() ? "" : ", ", value);
  return text;
}

std::string detail::step_suffix(const Program& program, const Program::Step& step) {
  std::string text;
  for (const int value : step.outputs) text += fmt::format("  {}", program.spec(value));
  const std::string attributes = attributes_text(step);
  if (attributes.size() > kLongestAttributes) {
    text += "  {…}";
  } else if (!attributes.empty()) {
    text += "  " + attributes;
  }
  if (!step.label->path.empty()) text += "  " + to_string(*step.label);
  return text;
}

std::string detail::count_of_ops(const Program& program) {
  std::map<std::string_view, int> counts;
  for (const Program::Step& step : program.steps) ++counts[step.primitive->name];
  std::vector<std::pair<std::string_view, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, count] : sorted) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

std::size_t detail::bytes_of(const Program& program, const std::vector<int>& values) {
  std::size_t bytes = 0;
  for (const int value : values) {
    const TensorSpec& spec = program.spec(value);
    bytes += static_cast<std::size_t>(spec.shape.size()) * size_of(spec.dtype);
  }
  return bytes;
}

std::string to_string(const Program& program) {
  std::string text;
  write(program, {.most_steps = std::numeric_limits<std::size_t>::max()}, "", text);
  return text;
}

std::string describe(const Program& program, const PrintOptions& options) {
  if (options.dot) return to_dot(program, options);
  std::string text;
  write(program, options, "", text);
  return text + summary(program);
}

std::string describe_graph(const Tensor& tensor, const PrintOptions& options) {
  if (!tensor.defined()) return "an undefined Tensor\n";
  const std::vector<Tensor> inputs = placeholders_of(tensor);
  return describe(close(std::span(&tensor, 1), inputs).program, options);
}

void print_program(const Program& program, const PrintOptions& options, std::FILE* to) {
  fmt::print(to, "{}", describe(program, options));
}

void print_graph(const Tensor& tensor, const PrintOptions& options, std::FILE* to) {
  fmt::print(to, "{}", describe_graph(tensor, options));
}

}  // namespace linseed
