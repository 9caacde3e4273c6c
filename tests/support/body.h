// A module whose apply is a function of the test's.
#pragma once

#include <functional>

#include <linseed/framework/module/module.h>

namespace linseed::test {

struct Body : nn::Module<Body> {
  std::function<Tensor(const Tensor&)> body;
  Tensor apply(const Tensor& x) const { return body(x); }
};

}  // namespace linseed::test
