#include "product_flops.h"

#include <linseed/framework/graph/cost.h>

namespace bench {

double product_flops(const std::vector<linseed::Tensor>& results) {
  const linseed::Program program = linseed::close(results, {}).program;
  double flops = 0;
  for (const linseed::Program::Step& step : program.steps) {
    const std::string_view name = step.primitive->name;
    if (name != "matmul" && !name.starts_with("convolution")) continue;
    flops += linseed::cost_of(program, step).flops;
  }
  return flops;
}

}  // namespace bench
