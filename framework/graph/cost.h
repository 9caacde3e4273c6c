// What a step costs at least, from its row and its shapes alone.
#pragma once

#include <linseed/framework/graph/program.h>

namespace linseed {

struct Cost {
  double flops = 0;  // arithmetic operations, of whatever dtype: see Primitive::flops
  double bytes = 0;  // each input read once, each output written once; none if it shares its memory
};

Cost cost_of(const Program& program, const Program::Step& step);

/// Of all steps together, each once.
double flops_of(const Program& program);

}  // namespace linseed
