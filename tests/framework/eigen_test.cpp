#include <catch2/catch.hpp>

#include <linseed/eigen.h>
#include <linseed/framework/ops/elementwise.h>

using namespace linseed;
using Catch::Contains;

TEST_CASE("a 2-d tensor is a row-major matrix, not a copy") {
  const Tensor t = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  const auto matrix = as_matrix<float>(t);
  CHECK(matrix.rows() == 2);
  CHECK(matrix.cols() == 3);
  CHECK(matrix(1, 0) == 4);
  CHECK(matrix.data() == t.data<float>().data());
}

TEST_CASE("a map evaluates its tensor and keeps it alive") {
  const auto array = as_array<double>(Tensor::from({1., 2., 3.}, {3}) * 2);
  CHECK(array.rows() == 1);
  CHECK((array * array).sum() == 4 + 16 + 36);
  const auto copy = [] { return TensorMap(as_vector<std::int32_t>(Tensor::from({5, 7}, {2}))); }();
  CHECK(copy.rows() == 2);
  CHECK(copy.sum() == 12);
}

TEST_CASE("an Eigen matrix or expression becomes a row-major tensor") {
  Eigen::MatrixXd columns(2, 3);  // column-major
  columns << 1, 2, 3, 4, 5, 6;
  const Tensor t = from_eigen(2 * columns);
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.data<double>()[1] == 4);
  CHECK(t.data<double>()[3] == 8);
  CHECK(from_eigen(columns.array() + 1).data<double>()[2] == 4);
  CHECK(from_eigen(columns * columns.transpose()).data<double>()[0] == 14);
  CHECK(from_eigen(Eigen::Vector3f(1, 2, 3)).shape() == Shape{3});
  CHECK(from_eigen(Eigen::MatrixXi(0, 4)).shape() == Shape{0, 4});
}

TEST_CASE("a matrix goes to a tensor and back unchanged") {
  const Eigen::Array<std::int64_t, 2, 2> values{{1, 2}, {3, 4}};
  CHECK((as_array<std::int64_t>(from_eigen(values)) == values).all());
}

TEST_CASE("a tensor that Eigen cannot see is refused") {
  const Tensor cube = Tensor::from({1.f, 2.f}, {1, 2, 1});
  CHECK_THROWS_WITH(as_matrix<float>(cube), Contains("as_matrix") && Contains("[1,2,1]"));
  CHECK_THROWS_AS(as_matrix<float>(Tensor(1.f)), InvalidArgument);
  CHECK_THROWS_AS(as_vector<float>(Tensor::from({1.f}, {1, 1})), InvalidArgument);
  CHECK_THROWS_WITH(as_matrix<double>(Tensor::from({1.f}, {1})),
                    Contains("float32") && Contains("float64"));
}

template <class T>
concept SeenAsMatrix = requires(const Tensor& t) {
  as_matrix<T>(t);
};
static_assert(SeenAsMatrix<float> && !SeenAsMatrix<bfloat16_t> && !SeenAsMatrix<float16_t>);
