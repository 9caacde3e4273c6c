#include <linseed/framework/graph/trace.h>

#include <linseed/framework/graph/node.h>

namespace linseed {
namespace {

thread_local int inline_depth = 0;
thread_local int gradient_depth = 0;
thread_local int placeholder_depth = 0;
thread_local std::vector<std::weak_ptr<Node>> kept_nodes;

}  // namespace

InlineScope::InlineScope() { ++inline_depth; }
InlineScope::~InlineScope() { --inline_depth; }
bool InlineScope::is_open() { return inline_depth > 0; }

GradientScope::GradientScope() { ++gradient_depth; }

GradientScope::~GradientScope() {
  if (--gradient_depth > 0) return;
  for (const std::weak_ptr<Node>& kept : std::exchange(kept_nodes, {})) {
    if (const std::shared_ptr<Node> node = kept.lock()) drop_inputs(*node);
  }
}

bool GradientScope::is_open() { return gradient_depth > 0; }

void GradientScope::keep(std::weak_ptr<Node> node) { kept_nodes.push_back(std::move(node)); }

PlaceholderScope::PlaceholderScope() { ++placeholder_depth; }
PlaceholderScope::~PlaceholderScope() { --placeholder_depth; }
int PlaceholderScope::depth() { return placeholder_depth; }

}  // namespace linseed
