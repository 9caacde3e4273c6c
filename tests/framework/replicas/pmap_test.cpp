// One function on many replicas.
#include <linseed/pmap.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;
using E = InvalidArgument;

const PmapOptions kBatch{.axis_name = "batch"};

Tensor rows(int replicas, int size) { return uneven({replicas, size}, 3); }

/// A loss of each replica whose replicas meet in each step of a scan over the rows of v, with w.
Tensor scanned_loss(const Tensor& v, const Tensor& w) {
  const auto body = [](const Tensor& c, const Tensor& row) {
    const Tensor next = tanh(pmean(c * row, "batch") + row);
    return std::pair(next, c * psum(next, "batch"));
  };
  const auto [last, each] = scan(body, w, v);
  return sum(last) + sum(each);
}

/// The derivative of sum(f(x)) in each element of x, by central differences in float64.
template <class F>
Numbers differences(F f, const Tensor& x) {
  const double h = 1e-5;  // errors of h² and of 1e-16 / h: some 1e-10
  const auto total = [&](std::int64_t element, double change) {
    const Tensor at = reshape(astype(equal(arange(x.size()), element), float64), x.shape());
    return sum(f(x + at * change)).template item<double>();
  };
  Numbers result;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    result.push_back((total(i, h) - total(i, -h)) / (2 * h));
  }
  return result;
}

void check_near(const Tensor& derivative, const Numbers& expected) {
  const Numbers given = values(derivative);
  REQUIRE(given.size() == expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    CHECK(given[i] == Approx(expected[i]).epsilon(1e-7).margin(1e-8));  // of the differences
  }
}

}  // namespace

TEST_CASE("each replica computes with its own entry, and with the whole of what it captures") {
  const Tensor w = vector({10, 100});
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2});
  CHECK(values(pmap([&](const Tensor& row) { return sum(row * w); })(x)) == Numbers{210, 430});
}

TEST_CASE("results are trees with one entry for each replica") {
  const Tensor x = rows(3, 2);
  const auto [doubled, total] =
      pmap([](const Tensor& row) { return std::pair(row * 2, sum(row)); })(x);
  CHECK(doubled.shape() == Shape{3, 2});
  CHECK(total.shape() == Shape{3});
  CHECK(values(doubled) == values(x * 2));
}

TEST_CASE("a result may be an argument, another result, or the same for all") {
  const Tensor x = rows(2, 3);
  const Tensor outside = vector({5});
  const auto results =
      pmap([&](const Tensor& row) { return std::tuple(row, row, outside, full({2}, 7.f)); })(x);
  CHECK(values(std::get<0>(results)) == values(x));
  CHECK(values(std::get<1>(results)) == values(x));
  CHECK(values(std::get<2>(results)) == Numbers{5, 5});
  CHECK(values(std::get<3>(results)) == Numbers{7, 7, 7, 7});
}

TEST_CASE("pmap inside of jit, of scan and of itself is one of their steps") {
  const Tensor x = uneven({2, 3, 4}, 3);
  const auto centred = [](const Tensor& v) { return v - pmean(v, "inner"); };
  const auto inner = [&](const Tensor& v) { return pmap(centred, {.axis_name = "inner"})(v); };
  const Tensor expected = x - mean(x, {1}, keepdims);
  CHECK(values(pmap(inner)(x)) == values(expected));
  CHECK(values(jit([&](const Tensor& v) { return pmap(inner)(v); })(x)) == values(expected));
  CHECK(values(map(inner, x)) == values(expected));
}

TEST_CASE("replicas of an inner axis meet along the outer one") {
  const Tensor x = uneven({2, 3, 4}, 3);
  const auto both = [](const Tensor& v) {
    return std::pair(v - psum(v, "outer"), v - psum(psum(v, "outer"), "inner"));
  };
  const auto [outer, all] =
      pmap([&](const Tensor& v) { return pmap(both, {.axis_name = "inner"})(v); },
           {.axis_name = "outer"})(x);
  CHECK(values(outer) == values(x - sum(x, {0}, keepdims)));
  const auto expected = values(x - sum(x, {0, 1}, keepdims));
  const auto given = values(all);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(given[i] == Approx(expected[i]).epsilon(1e-5));  // another order of summation
  }
}

TEST_CASE("replicas meet inside of a loop, a choice and a while loop") {
  const Tensor x = rows(4, 2);
  const auto scanned = [](const Tensor& v) {
    return scan(
               [](const Tensor& c, const Tensor& s) { return std::pair(pmean(c, "batch") + s, c); },
               v, arange(3, float32))
        .first;
  };
  const Tensor centre = mean(x, {0}, keepdims);
  CHECK(values(pmap(scanned, kBatch)(x)) == values(broadcast_to(centre + 3, {4, 2})));
  const auto chosen = [](const Tensor& v) {
    return cond(
        pmax(max(v), "batch") > -10, [&] { return pmean(v, "batch"); }, [&] { return v; });
  };
  CHECK(values(pmap(chosen, kBatch)(x)) == values(broadcast_to(centre, {4, 2})));
  const auto grown = [](const Tensor& v) {
    return while_loop([](const Tensor& c) { return pmax(max(c), "batch") < 10; },
                      [](const Tensor& c) { return psum(c, "batch"); }, v);
  };
  CHECK(values(pmap(grown, kBatch)(ones({4, 2}))) == Numbers(8, 16));
}

TEST_CASE("replicas that do not meet in a loop run it as often as each likes") {
  const auto doubled = [](const Tensor& v) {
    return while_loop([](const Tensor& c) { return c < 10; }, [](const Tensor& c) { return c * 2; },
                      v);
  };
  CHECK(values(pmap(doubled)(vector({1, 3, 20}))) == Numbers{16, 12, 20});
}

TEST_CASE("replicas that decide differently around an exchange stop with an error") {
  const auto f = [](const Tensor& v) {
    return cond(
        v > 1, [](const Tensor& x) { return psum(x, "batch"); }, [](const Tensor& x) { return x; },
        v);
  };
  CHECK(fails<E>(
            [&] {
              evaluate(pmap(f, kBatch)(vector({2, 2, 0})));
            },
            {"cond", "replica 2", "pmax"}) == "");
  const auto g = [](const Tensor& v) {
    return while_loop([](const Tensor& c) { return c < 4; },
                      [](const Tensor& c) { return psum(c, "batch"); }, v);
  };
  CHECK(fails<E>(
            [&] {
              evaluate(pmap(g, kBatch)(vector({1, 5})));
            },
            {"while_loop", "replica 1"}) == "");
}

TEST_CASE(
    "the derivative of replicas equals differences, for what is mapped and what is captured") {
  const Inputs inputs{uneven_weights({3, 2}), uneven_weights({2}, 2)};
  const auto f = [](const Inputs& x) {
    return pmap(
        [&](const Tensor& row) {
          const Tensor m = pmean(row * x[1], "batch");
          return row * row * m + sum(x[1]);
        },
        kBatch)(x[0]);
  };
  CHECK(first_derivative_error(f, inputs).passes());
  CHECK(second_derivative_error(f, inputs).passes());
}

TEST_CASE("derivatives of a scan whose steps exchange, from outside of pmap, equal differences") {
  const auto mapped = [](const Inputs& x) {
    return pmap([&](const Tensor& v) { return scanned_loss(v, x[1]); }, kBatch)(x[0]);
  };
  const Inputs inputs{uneven_weights({3, 4, 2}), uneven_weights({2}, 2)};
  CHECK(first_derivative_error(mapped, inputs).passes());
  CHECK(second_derivative_error(mapped, inputs).passes());
}

TEST_CASE("derivatives of a scan whose steps exchange, inside of pmap, equal differences") {
  const Tensor w = uneven_weights({2}, 2);
  const auto loss = [&](const Tensor& v) { return scanned_loss(v, w); };
  const auto slope = [&](const Tensor& v) { return sum(square(grad(loss)(v))); };
  const Tensor x = uneven_weights({3, 4, 2});
  check_near(pmap(grad(loss), kBatch)(x), differences(pmap(loss, kBatch), x));
  check_near(pmap(grad(slope), kBatch)(x), differences(pmap(slope, kBatch), x));
}

TEST_CASE("a gradient inside of pmap, averaged, is that of the mean loss over all") {
  const Tensor w = uneven({2, 3}, 4);
  const Tensor x = uneven({8, 2}, 5);
  const auto loss = [](const Tensor& weights, const Tensor& batch) {
    return mean(tanh(matmul(batch, weights)));
  };
  const Tensor whole = grad(loss)(w, x);
  for (const int replicas : {1, 2, 4, 8}) {
    const Tensor parts =
        pmap([&](const Tensor& weights,
                 const Tensor& batch) { return pmean(grad(loss)(weights, batch), "batch"); },
             kBatch)(replicate(w, replicas), shard(x, replicas));
    const auto expected = values(whole), given = values(unreplicate(parts));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(given[i] == Approx(expected[i]).epsilon(1e-5));  // float32, another order
    }
  }
}

TEST_CASE("sixty-four replicas finish on one thread and on two, with the same bits") {
  const Tensor x = uneven({64, 31, 17}, 7);
  const auto f = [](const Tensor& v) {
    Tensor y = v;
    for (int i = 0; i < 3; ++i) y = tanh(y - pmean(y, "batch")) + psum(sum(y), "batch");
    return y;
  };
  const int before = num_threads();
  std::vector<Numbers> results;
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    results.push_back(values(pmap(f, kBatch)(x)));
  }
  set_num_threads(before);
  CHECK(results[0] == results[1]);
}

TEST_CASE("pmap wants one entry for each replica of every argument") {
  const auto f = pmap([](const Tensor& a, const Tensor& b) { return a + b; });
  CHECK(fails<E>([&] { f(ones({2, 3}), ones({3, 3})); }, {"pmap", "[3,3] float32", "2"}) == "");
  CHECK(fails<E>([&] { f(ones({2, 3}), Tensor(1.f)); }, {"pmap", "[] float32"}) == "");
  CHECK(fails<E>([] { pmap([] { return Tensor(1.f); })(); }, {"pmap", ".replicas"}) == "");
  CHECK(values(pmap([] { return axis_index("i"); }, {"i", 3})()) == Numbers{0, 1, 2});
}

TEST_CASE("an axis is open once, and only inside") {
  const auto f = [](const Tensor& v) { return psum(v, "bacth"); };
  CHECK(fails<E>([&] { pmap(f, kBatch)(ones({2})); }, {"psum", "\"bacth\"", "\"batch\" (2"}) == "");
  CHECK(fails<E>([&] { f(ones({2})); }, {"psum", "none"}) == "");
  const auto nested = [](const Tensor& v) {
    return pmap([](const Tensor& e) { return e; }, kBatch)(v);
  };
  CHECK(fails<E>([&] { pmap(nested, kBatch)(ones({2, 2})); }, {"\"batch\"", "open"}) == "");
  CHECK(fails<E>([&] { pmap(f, kBatch)(ones({2})); }, {"psum"}) == "");  // the scope was closed
}

TEST_CASE("pmap traces once for each kind of arguments") {
  int traces = 0;
  const auto f = pmap([&](const Tensor& v) {
    ++traces;
    return v * 2;
  });
  f(ones({2, 3}));
  const int first = traces;
  f(zeros({2, 3}));
  CHECK(traces == first);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("replicate, shard and unreplicate go there and back") {
  const Tensor x = uneven({6, 2}, 3);
  CHECK(values(reshape(shard(x, 3), {6, 2})) == values(x));
  CHECK(replicate(x, 4).shape() == Shape{4, 6, 2});
  CHECK(values(unreplicate(replicate(x, 4))) == values(x));
  CHECK(fails<E>([&] { shard(x, 4); }, {"shard", "[6,2] float32", "4", "mask"}) == "");
  CHECK(fails<E>([&] { unreplicate(x); }, {"unreplicate", "replica 1", "sync_batch_stats"}) == "");
}

}  // namespace linseed::test
