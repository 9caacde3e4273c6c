// Joining, cutting, repeating and turning: against NumPy, with edge cases, derivatives and errors.
#include <linseed/framework/ops/rearrange.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/gradient_check.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;
using Inputs = std::vector<Tensor>;

Tensor cube() { return reshape(arange(24), {2, 3, 4}); }
Tensor layer(std::int64_t i) { return reshape(slice(cube(), {i, 0, 0}, {i + 1, 3, 4}), {3, 4}); }

}  // namespace

TEST_CASE("rearrangements equal NumPy's") {
  check_golden(stack({layer(0), layer(1), layer(0)}, 1), golden::kStackMiddle, 0);
  check_golden(tile(layer(0), {2, 1, 2}), golden::kTileMore, 0);
  check_golden(tile(cube(), {2}), golden::kTileFewer, 0);
  check_golden(repeat(cube(), 2, 1), golden::kRepeatMiddle, 0);
  check_golden(flip(cube(), {0, 2}), golden::kFlipOuter, 0);
  check_golden(roll(cube(), 5, 1), golden::kRollRight, 0);
  check_golden(roll(cube(), -1, -1), golden::kRollLeft, 0);
  check_golden(swap_axes(cube(), 0, -1), golden::kSwapAxes, 0);
  check_golden(move_axis(cube(), 0, -1), golden::kMoveAxis, 0);
}

TEST_CASE("rearrangements have the shapes that NumPy's have") {
  CHECK(stack({layer(0), layer(1)}, 0).shape() == Shape{2, 3, 4});
  CHECK(stack({layer(0), layer(1)}, -1).shape() == Shape{3, 4, 2});
  CHECK(stack({Tensor(1), Tensor(2)}).shape() == Shape{2});
  CHECK(stack({arange(2), zeros({2})}).dtype() == float32);
  CHECK(tile(layer(0), {2, 1, 2}).shape() == Shape{2, 3, 8});
  CHECK(tile(cube(), {2}).shape() == Shape{2, 3, 8});
  CHECK(tile(cube(), {}).shape() == Shape{2, 3, 4});
  CHECK(tile(cube(), {1, 0, 2}).shape() == Shape{2, 0, 8});
  CHECK(tile(Tensor(7), {2}).shape() == Shape{2});
  CHECK(repeat(cube(), 2, -2).shape() == Shape{2, 6, 4});
  CHECK(repeat(cube(), 0, 0).shape() == Shape{0, 3, 4});
  CHECK(swap_axes(cube(), 1, -3).shape() == Shape{3, 2, 4});
  CHECK(move_axis(cube(), -1, 0).shape() == Shape{4, 2, 3});
  const Tensor x = cube();
  CHECK(move_axis(x, 1, -2).node() == x.node());  // nothing moves
}

TEST_CASE("split cuts at indices, or into equal parts") {
  const auto at = split(arange(7), {2, 3, -1});
  REQUIRE(at.size() == 4);
  CHECK(values(at[0]) == Numbers{0, 1});
  CHECK(values(at[1]) == Numbers{2});
  CHECK(values(at[2]) == Numbers{3, 4, 5});
  CHECK(values(at[3]) == Numbers{6});
  const auto halves = split(cube(), 2, -1);
  REQUIRE(halves.size() == 2);
  CHECK(halves[1].shape() == Shape{2, 3, 2});
  CHECK(values(halves[1])[0] == 2);
  CHECK(split(arange(6), 3).size() == 3);
  CHECK(split(arange(6), {3}).size() == 2);  // a list of one index, not a count
  CHECK(split(arange(6), {}).size() == 1);
}

TEST_CASE("split gives empty parts where the indices turn back or lie outside") {
  const auto parts = split(arange(4), {3, 1, 9});
  REQUIRE(parts.size() == 4);
  CHECK(parts[1].shape() == Shape{0});
  CHECK(values(parts[2]) == Numbers{1, 2, 3});
  CHECK(parts[3].shape() == Shape{0});
  CHECK(split(zeros({0, 2}), 3)[2].shape() == Shape{0, 2});
}

TEST_CASE("flip turns all axes by default, and roll goes round as often as asked") {
  CHECK(values(flip(reshape(arange(4), {2, 2}))) == Numbers{3, 2, 1, 0});
  CHECK(flip(Tensor(3)).item<int>() == 3);
  CHECK(flip(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK(values(flip(Tensor::from({true, false}, {2}))) == Numbers{0, 1});
  CHECK(values(roll(arange(3), 1, 0)) == Numbers{2, 0, 1});
  CHECK(values(roll(arange(3), 7, 0)) == Numbers{2, 0, 1});
  CHECK(values(roll(arange(3), -7, 0)) == Numbers{1, 2, 0});
  CHECK(values(roll(arange(3), 0, 0)) == Numbers{0, 1, 2});
  CHECK(roll(zeros({0}), 2, 0).size() == 0);
}

TEST_CASE("squeeze drops sizes of one") {
  const Tensor x = zeros({1, 3, 1, 2});
  CHECK(squeeze(x).shape() == Shape{3, 2});
  CHECK(squeeze(x, -2).shape() == Shape{1, 3, 2});
  CHECK(squeeze(x, {0, 2}).shape() == Shape{3, 2});
  CHECK(squeeze(zeros({1, 1})).shape() == Shape{});
  CHECK(squeeze(Tensor(1.F)).shape() == Shape{});
  CHECK(squeeze(zeros({1, 0})).shape() == Shape{0});
}

TEST_CASE("derivatives of rearrangements equal differences") {
  const std::vector<TensorFunction> functions = {
      [](const Inputs& x) {
        return square(stack({x[0], x[0] * 2.0}, 1));
      },
      [](const Inputs& x) { return square(split(x[0], {1}, 1)[1]); },
      [](const Inputs& x) {
        return square(tile(x[0], {2, 1, 3}));
      },
      [](const Inputs& x) { return square(repeat(x[0], 3, 0)); },
      [](const Inputs& x) { return square(flip(x[0])) * x[0]; },
      [](const Inputs& x) { return roll(x[0], 2, 1) * x[0]; },
      [](const Inputs& x) { return square(squeeze(expand_dims(x[0], 1))); },
      [](const Inputs& x) { return square(swap_axes(x[0], 0, 1)); },
      [](const Inputs& x) { return square(move_axis(x[0], 0, 1)); }};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    INFO("function " << i);
    CHECK(first_derivative_error(functions[i], {spread_values({2, 3}, -2, 2)}).worst <= 1);
    CHECK(second_derivative_error(functions[i], {spread_values({2, 3}, -2, 2)}).worst <= 1);
  }
}

TEST_CASE("wrong rearrangements are errors that name both sides") {
  const Tensor x = zeros({2, 3});
  using E = InvalidArgument;
  CHECK(fails<E>([] { return stack({}); }, {"stack", "nothing"}) == "");
  CHECK(fails<E>(
            [&] {
              return stack({x, zeros({3, 2})});
            },
            {"stack", "[2,3] float32", "[3,2] float32"}) == "");
  CHECK(fails<E>([&] { return stack({x, x}, 3); }, {"stack", "axis 3"}) == "");
  CHECK(fails<E>([&] { return split(x, 2, 1); }, {"split", "axis 1", "[2,3] float32", "2 equal"}) ==
        "");
  for (const int count : {0, -1}) {
    CHECK(fails<E>([&] { return split(x, count); },
                   {"split", fmt::format("{} equal parts", count), "at least 1"}) == "");
  }
  CHECK(fails<E>([&] { return split(x, {1}, 2); }, {"split", "axis 2"}) == "");
  CHECK(fails<E>([&] { return tile(x, {2, -1}); }, {"tile", "-1"}) == "");
  CHECK(fails<E>([&] { return repeat(x, -2, 0); }, {"repeat", "-2"}) == "");
  CHECK(fails<E>([&] { return flip(x, 2); }, {"flip", "axis 2"}) == "");
  CHECK(fails<E>([&] { return roll(x, 1, -3); }, {"roll", "axis -3"}) == "");
  CHECK(fails<E>([&] { return squeeze(x, 0); }, {"squeeze", "axis 0", "[2,3] float32", "2"}) == "");
  CHECK(fails<E>([&] { return swap_axes(x, 0, 2); }, {"swap_axes", "axis 2"}) == "");
  CHECK(fails<E>([&] { return move_axis(x, 0, 2); }, {"move_axis", "axis 2"}) == "");
}

}  // namespace linseed::test
