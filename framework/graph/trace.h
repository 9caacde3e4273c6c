// Which transformations are at work on this thread.
#pragma once

#include <memory>
#include <vector>

namespace linseed {

struct Node;

/// While one is open, compiled functions run their body inline: on a traced argument, inside
/// another trace, or inside a module's frame, a cached plan would skip what the trace must see.
class InlineScope {
 public:
  InlineScope();
  ~InlineScope();
  InlineScope(const InlineScope&) = delete;
  InlineScope& operator=(const InlineScope&) = delete;

  static bool is_open();
};

/// While one is open, nodes that are evaluated on this thread keep their inputs, so that a
/// derivative can walk through them; when the outermost closes, they drop them.
class GradientScope {
 public:
  GradientScope();
  ~GradientScope();
  GradientScope(const GradientScope&) = delete;
  GradientScope& operator=(const GradientScope&) = delete;

  static bool is_open();
  /// Tells the open scope of an evaluated node that still has its inputs.
  static void keep(std::weak_ptr<Node> node);

 private:
  InlineScope inline_;
};

/// While one is open, a function runs on placeholders to be planned once and run again without it.
/// The depth tells a state collection whether it was opened outside.
class PlaceholderScope {
 public:
  PlaceholderScope();
  ~PlaceholderScope();
  PlaceholderScope(const PlaceholderScope&) = delete;
  PlaceholderScope& operator=(const PlaceholderScope&) = delete;

  static int depth();

 private:
  InlineScope inline_;
};

}  // namespace linseed
