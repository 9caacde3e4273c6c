#include <linseed/framework/plan/passes.h>

#include <algorithm>

namespace linseed {

Program without_unused(Program program) {
  std::vector<bool> is_read(program.values.size(), false);
  const auto read = [&](const std::vector<int>& values) {
    for (const int value : values) is_read[static_cast<std::size_t>(value)] = true;
  };
  read(program.outputs);
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    const bool is_used = std::ranges::any_of(
        step->outputs, [&](int value) { return is_read[static_cast<std::size_t>(value)]; });
    if (is_used) {
      read(step->inputs);
    } else {
      step->primitive = nullptr;
    }
  }
  std::erase_if(program.steps, [](const Program::Step& step) { return step.primitive == nullptr; });
  return program;
}

Program optimize(Program program) {
  program = fold_constants(deduplicate(std::move(program)));
  program = pool_before_relu(simplify(deduplicate(std::move(program))));
  program = factor_sums(deduplicate(std::move(program)));
  program = sum_before_unpooling(deduplicate(std::move(program)));
  program = fuse_elementwise(deduplicate(std::move(program)));
  program = fuse_unpooling(fuse_pooling(std::move(program)));
  return fuse_products(broadcast_windows(std::move(program)));
}

}  // namespace linseed
