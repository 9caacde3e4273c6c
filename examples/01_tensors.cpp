// Tensors: making, broadcasting, laziness, reducing, cutting; random numbers.
//
//   sh examples/run.sh 01_tensors
// Last line to expect: pi is about 3.14, from 1000000 random points
#include <linseed/linseed.h>

using namespace linseed;

/// A tensor is an immutable, row-major array of one element type: its dtype.
void making() {
  const Tensor a = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  fmt::print("a, of spec {}:\n{}\n\n", a.spec(), a);
  fmt::print("zeros {}, sevens {}, counting {}\n", zeros({2}), full({3}, 7), arange(5));

  // Numbers with a fraction become float32, whole ones int32. Beside a tensor a number takes its
  // dtype, if it can; two tensors meet in the wider of their dtypes.
  const Tensor whole = arange(4);
  for (const Tensor& t : {whole * 2, whole / 2, astype(whole, float64), whole > 1}) {
    fmt::print("{:<8} {}\n", t.dtype(), t);
  }
  fmt::print("\n");
}

/// As in NumPy: dimensions are compared from the last; one that is missing or 1 is repeated.
void broadcasting() {
  const Tensor row = arange(4);                          // [4]
  const Tensor column = reshape(arange(3) + 1, {3, 1});  // [3,1]
  fmt::print("[3,1] times [4] is {}:\n{}\n", (column * row).shape(), column * row);
  try {
    row + arange(3);
  } catch (const InvalidArgument& error) {  // shapes are checked at once, on the line that errs
    fmt::print("[4] plus [3] is an error: {}\n\n", error.what());
  }
}

/// Operations compute nothing. They note what is to be done, and so a whole computation can be
/// looked at before it runs: to derive it, to plan it. Reading a value runs it; so does `evaluate`.
void laziness() {
  const Tensor x = arange(1000, float32) / 1000;
  const Tensor squares = x * x;
  const Tensor average = mean(squares), greatest = max(squares);
  fmt::print("computed before evaluate: {}", average.is_evaluated());
  evaluate(average, greatest);  // both together: what they share is done once
  fmt::print(", after: {}\n", average.is_evaluated());

  // item and data read values into C++, as printing does, and evaluate if need be.
  fmt::print("mean of squares {:.4f}, the first three", average.item<float>());
  for (const float square : squares.data<float>().first(3)) fmt::print(" {:.6f}", square);
  fmt::print("\n\n");
}

/// Reductions take the axes that go; without any, all go.
void reducing() {
  const Tensor a = Tensor::from({3.f, 1.f, 2.f, 9.f, 8.f, 7.f}, {2, 3});
  fmt::print("reducing\n{}\nsum {}, by column {}, by row {}\n", a, sum(a), sum(a, 0), sum(a, 1));
  fmt::print("greatest of each row {}, at {}\n", max(a, 1), argmax(a, 1));
  fmt::print("each row's mean taken away:\n{}\n\n", a - mean(a, 1, keepdims));  // [2,3] − [2,1]
}

/// Parts of a tensor are new tensors; nothing is changed in place.
void cutting() {
  const Tensor a = reshape(arange(12), {3, 4});
  fmt::print("cutting\n{}\nrows 0 and 2, every other column:\n{}\n", a,
             take(slice(a, {0, 0}, {3, 4}, {1, 2}), Tensor::from({0, 2}, {2}), 0));
  fmt::print("last row {}; greater than 9 replaced:\n{}\n\n", take(a, Tensor(-1), 0),
             where(a > 9, 0, a));
}

/// Random numbers come from keys: the same key gives the same numbers in every run. (On another
/// machine too, but for the last digits of normal ones, which its C library decides.) There is no
/// hidden generator; for new numbers, derive new keys.
void randomness() {
  const Tensor key = random::key(42);
  const Tensor once = random::normal(key, {3});
  const Tensor again = random::normal(key, {3});
  const Tensor other = random::normal(random::fold_in(key, 1), {3});
  fmt::print("same key, same numbers: {}; other key, other numbers: {}\n",
             all(equal(once, again)).item<bool>(), !any(equal(once, other)).item<bool>());

  // A point of the unit square lies within the circle's quarter with probability π / 4.
  const std::int64_t count = 1'000'000;
  const Tensor points = random::uniform(random::fold_in(key, 2), {count, 2});
  const Tensor inside = sum(points * points, 1) < 1;
  fmt::print("pi is about {:.2f}, from {} random points\n", 4 * mean(inside).item<float>(), count);
}

int main() {
  making();
  broadcasting();
  laziness();
  reducing();
  cutting();
  randomness();
}
