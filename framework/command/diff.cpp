#include <linseed/framework/command/diff.h>

#include <algorithm>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace linseed::command {
namespace {

struct Options {
  std::string a, b;
  std::string prefix = "checkpoint_";
  std::size_t top = 20;
  bool json = false;
  bool quiet = false;
};

std::string list(std::string_view title, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string text = fmt::format("{}:\n", title);
  for (const std::string& each : names) text += fmt::format("  {}\n", each);
  return text;
}

std::string line_of(char letter, const CheckpointFile& file, const Paint& paint) {
  return fmt::format("{}  {}  step {}\n", letter, paint.bold(file.path.string()), file.step);
}

int diff(const Options& options) {
  const CheckpointFile a = read_checkpoint(options.a, options.prefix);
  const CheckpointFile b = read_checkpoint(options.b, options.prefix);
  const Comparison comparison = compare(a.state, b.state);
  const Exit exit = comparison.same() ? kYes : kNo;
  if (options.json) {
    print_json(diff_json(a, b, comparison));
    return exit;
  }
  if (options.quiet) return exit;
  const Paint paint = paint_for(stdout);
  fmt::print("{}{}", line_of('A', a, paint), line_of('B', b, paint));
  if (a.config != b.config) fmt::print("the configurations differ\n");
  const std::string changes = changes_text(comparison, options.top, paint);
  if (!changes.empty()) fmt::print("\n{}\n", changes);
  const std::string line = verdict(comparison);
  fmt::print("{}\n", exit == kYes ? paint.good(line) : paint.bad(line));
  return exit;
}

}  // namespace

std::string changes_text(const Comparison& comparison, std::size_t top, const Paint& paint) {
  const std::vector<TensorDifference> changed = comparison.changed();
  std::string text;
  if (!changed.empty()) {
    Table table(
        {{"name"}, {"shape"}, {"max |A-B|", true}, {"|A-B| / |A|", true}, {"cosine", true}});
    const std::size_t most = top == 0 ? changed.size() : std::min(top, changed.size());
    for (std::size_t i = 0; i < most; ++i) {
      const TensorDifference& each = changed[i];
      table.add({each.path, to_string(each.spec.shape), fmt::format("{:.3g}", each.largest),
                 fmt::format("{:.3g}", each.relative), fmt::format("{:.6f}", each.cosine)});
    }
    text = to_text(table, paint);
    if (most < changed.size()) {
      text += fmt::format("… and {} more: --top 0 shows all\n", changed.size() - most);
    }
  }
  return text + list("only in A", comparison.only_a) + list("only in B", comparison.only_b) +
         list("of another shape or dtype, in A and in B", comparison.other_specs);
}

nlohmann::ordered_json diff_json(const CheckpointFile& a, const CheckpointFile& b,
                                 const Comparison& comparison) {
  using Json = nlohmann::ordered_json;
  const auto about = [](const CheckpointFile& file) {
    return Json{{"file", file.path.string()}, {"step", file.step}, {"uuid", file.uuid}};
  };
  Json tensors = Json::array();
  for (const TensorDifference& each : comparison.tensors) {
    tensors.push_back({{"path", each.path},
                       {"role", name(each.role)},
                       {"same_bits", each.same_bits},
                       {"largest", each.largest},  // JSON has no infinity: null
                       {"relative", each.relative},
                       {"cosine", each.cosine}});
  }
  return {{"a", about(a)},
          {"b", about(b)},
          {"same", comparison.same()},
          {"verdict", verdict(comparison)},
          {"same_config", a.config == b.config},
          {"tensors", tensors},
          {"only_a", comparison.only_a},
          {"only_b", comparison.only_b},
          {"other_specs", comparison.other_specs}};
}

void add_diff(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("diff", "How two checkpoints differ, tensor by tensor.");
  command->add_option("A", options->a, "a checkpoint, or a run: its newest checkpoint")->required();
  command->add_option("B", options->b, "another")->required();
  command->add_flag("--json", options->json, "print all of it as JSON, for scripts");
  command->add_flag("-q,--quiet", options->quiet, "print nothing: the exit code says it");
  command->add_option("--top", options->top, "tensors to show, those that changed most; 0: all")
      ->capture_default_str();
  add_prefix(*command, options->prefix);
  command->footer(
      footer("linseed diff runs/a runs/b\n"
             "linseed diff --top 0 runs/a/checkpoint_468 runs/a/checkpoint_936\n"
             "linseed diff --quiet runs/a runs/b && echo \"the same bits\"",
             "the same names and the same bits; step and configuration may differ", "they differ"));
  command->callback([options, &action] { action = [options] { return diff(*options); }; });
}

}  // namespace linseed::command
