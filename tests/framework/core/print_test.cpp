// Tensors as text. The expected strings are NumPy's, for arrays of the same values and types.
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>

namespace linseed::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Printed {
  std::string about;
  Tensor tensor;
  std::string text;
};

}  // namespace

TEST_CASE("tensors print as NumPy prints arrays") {
  const Printed cases[] = {
      {"a vector of whole numbers", Tensor::from({1.F, 2.F, 3.F}, {3}), "[1. 2. 3.]"},
      {"fractions of different length", Tensor::from({1.5F, -2.25F, 10.F}, {3}),
       "[ 1.5  -2.25 10.  ]"},
      {"a matrix", Tensor::from({1.F, -2.F, 0.5F, 4.F}, {2, 2}),
       "[[ 1.  -2. ]\n"
       " [ 0.5  4. ]]"},
      {"three dimensions", reshape(arange(12), {2, 3, 2}),
       "[[[ 0  1]\n"
       "  [ 2  3]\n"
       "  [ 4  5]]\n"
       "\n"
       " [[ 6  7]\n"
       "  [ 8  9]\n"
       "  [10 11]]]"},
      {"four dimensions", reshape(arange(8), {2, 2, 1, 2}),
       "[[[[0 1]]\n"
       "\n"
       "  [[2 3]]]\n"
       "\n"
       "\n"
       " [[[4 5]]\n"
       "\n"
       "  [[6 7]]]]"},
      {"thirds", Tensor::from({1.F, 2.F}, {2}) / 3.F, "[0.33333334 0.6666667 ]"},
      {"thirds in float64", Tensor::from({1.0, 2.0}, {2}) / 3.0, "[0.33333333 0.66666667]"},
      {"large numbers", Tensor::from({1e10F, 1.F}, {2}), "[1.e+10 1.e+00]"},
      {"small numbers", Tensor::from({1e-5F, 1.F}, {2}), "[1.e-05 1.e+00]"},
      {"a wide range", Tensor::from({0.01F, 123.456F}, {2}), "[1.00000e-02 1.23456e+02]"},
      {"a range of a thousand", Tensor::from({0.125F, 125.F}, {2}), "[  0.125 125.   ]"},
      {"negative powers of ten", Tensor::from({-1.5e-10, 2e200, 0.0}, {3}),
       "[-1.5e-010  2.0e+200  0.0e+000]"},
      {"infinities and NaN", Tensor::from({kInf, -kInf, kNaN, 1.5F}, {4}), "[ inf -inf  nan  1.5]"},
      {"nothing but NaN", Tensor::from({kNaN, kNaN}, {2}), "[nan nan]"},
      {"NaN with a sign", Tensor::from({-kNaN, 1.F}, {2}), "[nan  1.]"},
      {"one NaN with a sign", Tensor(-kNaN), "nan"},
      {"infinity beside small integers", Tensor::from({1.F, -kInf}, {2}), "[  1. -inf]"},
      {"zeros", zeros({3}), "[0. 0. 0.]"},
      {"true and false", Tensor::from({true, false}, {2}), "[ True False]"},
      {"nothing but true", Tensor::from({true, true}, {2}), "[ True  True]"},
      {"integers of different width", Tensor::from({1, -20, 300}, {3}), "[  1 -20 300]"},
      {"bytes", Tensor::from({std::uint8_t{1}, std::uint8_t{255}}, {2}), "[  1 255]"},
      {"a vector that wraps", arange(40),
       "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
       " 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39]"},
      {"floats that wrap", astype(arange(30), float32) / 7.F,
       "[0.         0.14285715 0.2857143  0.42857143 0.5714286  0.71428573\n"
       " 0.85714287 1.         1.1428572  1.2857143  1.4285715  1.5714285\n"
       " 1.7142857  1.8571428  2.         2.142857   2.2857144  2.4285715\n"
       " 2.5714285  2.7142856  2.857143   3.         3.142857   3.2857144\n"
       " 3.4285715  3.5714285  3.7142856  3.857143   4.         4.142857  ]"},
      {"a matrix that wraps", reshape(arange(60) * 1000, {2, 30}),
       "[[    0  1000  2000  3000  4000  5000  6000  7000  8000  9000 10000 11000\n"
       "  12000 13000 14000 15000 16000 17000 18000 19000 20000 21000 22000 23000\n"
       "  24000 25000 26000 27000 28000 29000]\n"
       " [30000 31000 32000 33000 34000 35000 36000 37000 38000 39000 40000 41000\n"
       "  42000 43000 44000 45000 46000 47000 48000 49000 50000 51000 52000 53000\n"
       "  54000 55000 56000 57000 58000 59000]]"},
      {"a long vector", arange(1001), "[   0    1    2 ...  998  999 1000]"},
      {"exactly a thousand are not shortened", slice(arange(1000), {0}, {3}), "[0 1 2]"},
      {"a large matrix", reshape(arange(10000), {100, 100}),
       "[[   0    1    2 ...   97   98   99]\n"
       " [ 100  101  102 ...  197  198  199]\n"
       " [ 200  201  202 ...  297  298  299]\n"
       " ...\n"
       " [9700 9701 9702 ... 9797 9798 9799]\n"
       " [9800 9801 9802 ... 9897 9898 9899]\n"
       " [9900 9901 9902 ... 9997 9998 9999]]"},
      {"a long matrix", reshape(arange(1200), {600, 2}),
       "[[   0    1]\n"
       " [   2    3]\n"
       " [   4    5]\n"
       " ...\n"
       " [1194 1195]\n"
       " [1196 1197]\n"
       " [1198 1199]]"},
      {"a large cube", zeros({2, 30, 40}),
       "[[[0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  ...\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]]\n"
       "\n"
       " [[0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  ...\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]\n"
       "  [0. 0. 0. ... 0. 0. 0.]]]"},
      {"a number", Tensor(2.5F), "2.5"},
      {"a whole number", Tensor(5.F), "5.0"},
      {"a tenth", Tensor(0.1F), "0.1"},
      {"a tiny number", Tensor(1e-10F), "1e-10"},
      {"a huge number", Tensor(1.5e20), "1.5e+20"},
      {"a long number", Tensor(3.141592653589793), "3.141592653589793"},
      {"an integer", Tensor(-7), "-7"},
      {"a truth", Tensor(true), "True"},
  };
  for (const auto& [about, tensor, text] : cases) {
    INFO(about);
    CHECK(to_string(tensor) == text);
  }
}

TEST_CASE("fmt prints a tensor") { CHECK(fmt::format("x = {}", arange(2)) == "x = [0 1]"); }

TEST_CASE("a tensor without elements prints its spec") {
  CHECK(to_string(zeros({0, 3})) == "[] (empty [0,3] float32)");
}

TEST_CASE("tensors without a value say so") {
  CHECK(to_string(Tensor()) == "undefined tensor");
  CHECK(to_string(placeholder({{2}, int32}, "jit") * 2) == "traced tensor [2] int32");
}

}  // namespace linseed::test
