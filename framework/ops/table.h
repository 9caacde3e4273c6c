// All rows, for tests and tools that walk them.
#pragma once

#include <vector>

#include <linseed/framework/graph/primitive.h>

namespace linseed {

/// Every primitive there is.
std::vector<const Primitive*> all_primitives();

}  // namespace linseed
