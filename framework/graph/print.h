// Graphs and programs as text, for people.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include <linseed/framework/graph/program.h>

namespace linseed {

struct PrintOptions {
  /// Of a longer program (or one inside of it), the first and the last steps are shown, half of
  /// these each.
  std::size_t most_steps = 200;
  /// A graph in Graphviz's language instead of lines: `dot -Tsvg`. The steps in the middle are one
  /// box then; of a plan it is the program, without the places of values.
  bool dot = false;
};

/// The program with a summary at its end: values with their specs, steps with attributes and the
/// modules they were built in, the programs inside of a step indented below it.
///
///   %0 = input [2,3] float32
///   %1 = captured [3,4] float32
///   %2 = matmul %0, %1  [2,4] float32  {transpose_a=false transpose_b=false}  /Dense_0
///   %3 = sum %2  [] float32  {axes=[0,1]}
///   outputs %3
///   2 steps: 1 matmul, 1 sum; inputs 24 bytes, captured 48, outputs 4
std::string describe(const Program& program, const PrintOptions& options = {});
void print_program(const Program& program, const PrintOptions& options = {},
                   std::FILE* to = stdout);

/// The same of the graph that `tensor` would be computed from. What is already computed has no
/// graph any more: it is "captured". Evaluates nothing.
std::string describe_graph(const Tensor& tensor, const PrintOptions& options = {});
void print_graph(const Tensor& tensor, const PrintOptions& options = {}, std::FILE* to = stdout);

namespace detail {

/// "%2, %3".
std::string value_list(const std::vector<int>& values);

/// What follows a step's operands: "  [2,4] float32  {axes=[0]}  /Dense_0".
std::string step_suffix(const Program& program, const Program::Step& step);

/// "12 add, 3 matmul", the most frequent first.
std::string count_of_ops(const Program& program);

/// The bytes of these values together.
std::size_t bytes_of(const Program& program, const std::vector<int>& values);

/// Calls `show(i)` for the steps that are shown of `count`, and `skip(n)` where n are left out.
template <class Show, class Skip>
void for_shown_steps(std::size_t count, const PrintOptions& options, Show show, Skip skip) {
  const bool shortened = count > options.most_steps;
  const std::size_t front = shortened ? (options.most_steps + 1) / 2 : count;
  const std::size_t back = shortened ? options.most_steps / 2 : 0;
  for (std::size_t i = 0; i < front; ++i) show(i);
  if (shortened) skip(count - front - back);
  for (std::size_t i = count - back; i < count; ++i) show(i);
}

}  // namespace detail
}  // namespace linseed
