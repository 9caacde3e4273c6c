// Inputs of the cases.
#pragma once

#include <linseed/linseed.h>

namespace bench {

/// Standard normal numbers, evaluated.
inline linseed::Tensor normal(std::uint64_t seed, const linseed::Shape& shape) {
  const linseed::Tensor values = linseed::random::normal(linseed::random::key(seed), shape);
  linseed::evaluate(values);
  return values;
}

}  // namespace bench
