// Which transformations are at work on this thread.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tensor.h>

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

/// While one is open, what is built belongs to the way back of the innermost GradientScope, which
/// will not differentiate it itself: the scopes around that one may, and those opened inside.
class ReverseScope {
 public:
  ReverseScope();
  ~ReverseScope();
  ReverseScope(const ReverseScope&) = delete;
  ReverseScope& operator=(const ReverseScope&) = delete;

  /// How many GradientScopes will differentiate what is built now.
  static int derivatives_ahead();
};

/// While one is open, new placeholders belong to its level. A trace inside another has a higher
/// level, so what does not depend on its own placeholders is told apart by a number.
class TraceLevel {
 public:
  TraceLevel();
  ~TraceLevel();
  TraceLevel(const TraceLevel&) = delete;
  TraceLevel& operator=(const TraceLevel&) = delete;

  /// 0 outside of all traces.
  static int current();

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
  TraceLevel level_;
};

/// Placeholders of the current level like `tensors`, undefined where they are.
std::vector<Tensor> placeholders_like(std::span<const Tensor> tensors,
                                      std::string_view transformation);

}  // namespace linseed
