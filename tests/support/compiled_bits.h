// That jit keeps bits.
#pragma once

#include <vector>

#include <catch2/catch.hpp>

#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

/// Requires of each result of a function of tensors the same bits by jit, on any number of threads,
/// as with each step on its own.
void check_bits(const auto& function, const std::vector<Tensor>& x) {
  const std::vector<Tensor> expected = function(x);
  evaluate(expected);
  const int before = num_threads();
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    const std::vector<Tensor> compiled = jit(function)(x);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("result " << i << ", " << threads << " threads");
      CHECK((bits(compiled[i]) == bits(expected[i])));
    }
  }
  set_num_threads(before);
}

}  // namespace linseed::test
