// Orthogonal matrices for a beginning.
#include <linseed/framework/module/initializers.h>

#include <algorithm>

#include <Eigen/QR>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/rearrange.h>

namespace linseed::nn::initializers {
namespace {

/// `scale` · Q [rows, columns].
Tensor orthogonal_matrix(const Tensor& key, std::int64_t rows, std::int64_t columns, double scale) {
  using Drawn = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const std::int64_t longer = std::max(rows, columns);
  const std::int64_t shorter = std::min(rows, columns);
  const Tensor normals = random::normal(key, {longer, shorter});
  const Eigen::Map<const Drawn> drawn(normals.data<float>().data(), longer, shorter);
  // In double, so that Q does not depend on how the decomposition rounds.
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(drawn.cast<double>());
  Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(longer, shorter);
  for (Eigen::Index j = 0; j < shorter; ++j) {
    q.col(j) *= qr.matrixQR()(j, j) < 0 ? -scale : scale;
  }
  if (rows < columns) q.transposeInPlace();
  const Drawn narrow = q.cast<float>();
  return Tensor::from(std::span(narrow.data(), static_cast<std::size_t>(narrow.size())),
                      {rows, columns});
}

}  // namespace

Initializer orthogonal(double scale, int column_axis) {
  return [=](const Tensor& key, const Shape& shape) {
    if (shape.ndim() < 2) {
      throw InvalidArgument("orthogonal: a shape with at least 2 dimensions was expected, got {}",
                            shape);
    }
    const int axis = resolve_axis(column_axis, shape.ndim(), "orthogonal");
    if (shape.size() == 0) return linseed::zeros(shape);
    Shape columns_last;
    for (int i = 0; i < shape.ndim(); ++i) {
      if (i != axis) columns_last.push_back(shape[i]);
    }
    columns_last.push_back(shape[axis]);
    const Tensor q = orthogonal_matrix(key, shape.size() / shape[axis], shape[axis], scale);
    return move_axis(reshape(q, columns_last), -1, axis);
  };
}

Initializer delta_orthogonal(double scale, int column_axis) {
  return [=](const Tensor& key, const Shape& shape) {
    const int spatial_dims = shape.ndim() - 2;
    if (spatial_dims < 1 || spatial_dims > 3) {
      throw InvalidArgument(
          "delta_orthogonal: the shape [size…,in,out] of a kernel over 1 to 3 dimensions was "
          "expected, got {}",
          shape);
    }
    const std::int64_t in = shape[spatial_dims];
    const std::int64_t out = shape[spatial_dims + 1];
    if (out < in) {
      throw InvalidArgument(
          "delta_orthogonal: {} input channels have no orthogonal image in {} features; shape {}",
          in, out, shape);
    }
    if (shape.size() == 0) return linseed::zeros(shape);
    Shape one_place(std::vector<std::int64_t>(static_cast<std::size_t>(spatial_dims), 1));
    one_place.push_back(in);
    one_place.push_back(out);
    std::vector<std::int64_t> before(static_cast<std::size_t>(shape.ndim()), 0);
    std::vector<std::int64_t> after = before;
    for (int i = 0; i < spatial_dims; ++i) {
      const auto place = static_cast<std::size_t>(i);
      before[place] = (shape[i] - 1) / 2;
      after[place] = shape[i] - 1 - before[place];
    }
    const Tensor matrix = orthogonal(scale, column_axis)(key, {in, out});
    return pad(reshape(matrix, one_place), before, after);
  };
}

}  // namespace linseed::nn::initializers
