#include <linseed/framework/graph/trace.h>

#include <algorithm>

#include <linseed/framework/graph/node.h>

namespace linseed {
namespace {

thread_local int inline_depth = 0;
thread_local std::vector<bool> on_way_back;  // for each open GradientScope
thread_local int trace_level = 0;
thread_local int placeholder_depth = 0;
thread_local std::vector<std::weak_ptr<Node>> kept_nodes;

}  // namespace

InlineScope::InlineScope() { ++inline_depth; }
InlineScope::~InlineScope() { --inline_depth; }
bool InlineScope::is_open() { return inline_depth > 0; }

GradientScope::GradientScope() { on_way_back.push_back(false); }

GradientScope::~GradientScope() {
  on_way_back.pop_back();
  if (!on_way_back.empty()) return;
  for (const std::weak_ptr<Node>& kept : std::exchange(kept_nodes, {})) {
    if (const std::shared_ptr<Node> node = kept.lock()) drop_inputs(*node);
  }
}

bool GradientScope::is_open() { return !on_way_back.empty(); }

void GradientScope::keep(std::weak_ptr<Node> node) { kept_nodes.push_back(std::move(node)); }

ReverseScope::ReverseScope() { on_way_back.back() = true; }
ReverseScope::~ReverseScope() { on_way_back.back() = false; }
int ReverseScope::derivatives_ahead() {
  return static_cast<int>(std::count(on_way_back.begin(), on_way_back.end(), false));
}

TraceLevel::TraceLevel() { ++trace_level; }
TraceLevel::~TraceLevel() { --trace_level; }
int TraceLevel::current() { return trace_level; }

PlaceholderScope::PlaceholderScope() { ++placeholder_depth; }
PlaceholderScope::~PlaceholderScope() { --placeholder_depth; }
int PlaceholderScope::depth() { return placeholder_depth; }

std::vector<Tensor> placeholders_like(std::span<const Tensor> tensors,
                                      std::string_view transformation) {
  std::vector<Tensor> placeholders;
  for (const Tensor& tensor : tensors) {
    placeholders.push_back(
        tensor.defined() ? placeholder(tensor.spec(), std::string(transformation)) : Tensor());
  }
  return placeholders;
}

}  // namespace linseed
