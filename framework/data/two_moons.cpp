#include <linseed/framework/data/two_moons.h>

#include <cmath>
#include <numbers>

#include <linseed/framework/ops/random.h>

namespace linseed::data {

LabelledPoints two_moons(const Tensor& key, std::int64_t size, float noise) {
  if (size < 0 || !(noise >= 0)) {
    throw InvalidArgument("two_moons: {} points with noise {}", size, noise);
  }
  const Tensor angle_key = random::fold_in(key, 0), noise_key = random::fold_in(key, 1);
  const Tensor angles = random::uniform(angle_key, {size}, float32, 0, std::numbers::pi);
  const Tensor moves = random::normal(noise_key, {size, 2});
  const auto t = angles.data<float>();
  const auto move = moves.data<float>();
  std::vector<float> points;
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool second = i % 2 == 1;
    const float x = std::cos(t[i]), y = std::sin(t[i]);
    points.push_back((second ? 1 - x : x) + noise * move[2 * i]);
    points.push_back((second ? 0.5f - y : y) + noise * move[2 * i + 1]);
    labels.push_back(second);
  }
  return {Tensor::from(points, {size, 2}), Tensor::from(labels, {size})};
}

}  // namespace linseed::data
