#include <linseed/framework/data/shapes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {
namespace {

using Colour = std::array<float, 3>;

/// A figure tells how far (x, y) is inside, in units of its own size; negative outside.
struct Figure {
  const char* name;
  float (*inside)(float x, float y);
  bool is_texture = false;
};

float nearest_line(float x) { return std::fabs(x - std::round(x)); }

float disc(float x, float y) { return 1 - std::hypot(x, y); }
float square(float x, float y) { return 0.85f - std::max(std::fabs(x), std::fabs(y)); }
float triangle(float x, float y) {
  const float slope = std::numbers::sqrt3_v<float> / 2;
  return 0.6f - std::max(y, slope * std::fabs(x) - y / 2);
}
float cross(float x, float y) {
  const float u = std::fabs(x), v = std::fabs(y);
  return std::min(0.3f - std::min(u, v), 1 - std::max(u, v));
}
float ring(float x, float y) { return 0.22f - std::fabs(std::hypot(x, y) - 0.78f); }
float stripes(float x, float) { return 0.25f - nearest_line(x); }
float checks(float x, float y) {
  return (0.25f - nearest_line(x)) * (0.25f - nearest_line(y)) > 0 ? 0.25f : -0.25f;
}
float dots(float x, float y) { return 0.3f - std::hypot(nearest_line(x), nearest_line(y)); }

constexpr Figure kFigures[] = {
    {"disc", disc}, {"square", square},         {"triangle", triangle},   {"cross", cross},
    {"ring", ring}, {"stripes", stripes, true}, {"checks", checks, true}, {"dots", dots, true},
};

Colour random_colour(SampleRandom& random) {
  return {random.uniform(), random.uniform(), random.uniform()};
}

/// Two colours of which one channel at least differs by 0.4. One try in four fails.
std::array<Colour, 2> random_colours(SampleRandom& random) {
  while (true) {
    const Colour a = random_colour(random), b = random_colour(random);
    float apart = 0;
    for (std::size_t c = 0; c < 3; ++c) apart = std::max(apart, std::fabs(a[c] - b[c]));
    if (apart >= 0.4f) return {a, b};
  }
}

void draw(const Figure& figure, std::int64_t side, float noise, SampleRandom& random,
          std::span<float> pixels) {
  const auto length = static_cast<float>(side);
  const auto [ground, paint] = random_colours(random);
  const float size =
      length * (figure.is_texture ? random.uniform(0.15f, 0.35f) : random.uniform(0.25f, 0.45f));
  const float middle_x = length * random.uniform(0.4f, 0.6f);
  const float middle_y = length * random.uniform(0.4f, 0.6f);
  const float angle = random.uniform(0, 2 * std::numbers::pi_v<float>);
  const float cosine = std::cos(angle), sine = std::sin(angle);
  auto pixel = pixels.begin();
  for (std::int64_t row = 0; row < side; ++row) {
    const float y = (static_cast<float>(row) + 0.5f - middle_y) / size;
    for (std::int64_t column = 0; column < side; ++column) {
      const float x = (static_cast<float>(column) + 0.5f - middle_x) / size;
      // The edge is as soft as a pixel is wide.
      const float inside = figure.inside(cosine * x + sine * y, cosine * y - sine * x);
      const float share = std::clamp(inside * size + 0.5f, 0.f, 1.f);
      for (std::size_t c = 0; c < 3; ++c) {
        const float value = ground[c] + share * (paint[c] - ground[c]);
        *pixel++ = std::clamp(value + random.uniform(-noise, noise), 0.f, 1.f);
      }
    }
  }
}

}  // namespace

Dataset shapes(const Tensor& key, const ShapesOptions& options) {
  if (options.size < 0 || options.side < 8 || !(options.noise >= 0 && options.noise <= 1)) {
    throw InvalidArgument(
        "shapes: {} images of {} pixels a side with noise {}; expected a side of at least 8 and "
        "noise in [0, 1]",
        options.size, options.side, options.noise);
  }
  std::vector<std::string> classes;
  for (const Figure& figure : kFigures) classes.emplace_back(figure.name);
  const auto read = [words = key_words(key), options](std::int64_t index, std::span<float> pixels) {
    const auto label = static_cast<std::int32_t>(index % std::ssize(kFigures));
    SampleRandom random(threefry(words, {0, static_cast<std::uint32_t>(index)}));
    draw(kFigures[label], options.side, options.noise, random, pixels);
    return label;
  };
  return {.size = options.size,
          .shape = {options.side, options.side, 3},
          .classes = std::move(classes),
          .read = read};
}

}  // namespace linseed::data
