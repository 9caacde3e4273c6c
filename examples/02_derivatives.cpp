// Derivatives: of numbers and of trees, of derivatives, matrices of them; a curve fitted.
//
//   sh examples/run.sh 02_derivatives
// Last line to expect: learned 2.0 exp(-1.5 t) in 6 steps
#include <cmath>

#include <linseed/linseed.h>

using namespace linseed;

/// A function in, a function out.
void of_a_number() {
  const auto cube = [](Tensor x) { return x * x * x; };
  const Tensor x(2.f);
  fmt::print("x^3 at 2: {}, first derivative {}, second {}, third {}\n", cube(x), grad(cube)(x),
             grad(grad(cube))(x), grad(grad(grad(cube)))(x));

  const auto [value, slope] = value_and_grad(cube)(x);  // both, for the work of one
  fmt::print("value {} and slope {} together\n\n", value, slope);
}

/// What is differentiated is the first argument: any tree of tensors. The gradient is a tree like
/// it. With has_aux the function returns (value, whatever else it has to tell).
void of_a_tree() {
  const Tree line{{"slope", Tensor(3.f)}, {"offset", Tensor(1.f)}};
  const Tensor t = arange(4, float32);
  const auto loss = [](const Tree& p, Tensor at) {
    const Tensor y = p["slope"].tensor() * at + p["offset"].tensor();
    return std::pair(mean(y * y), y);
  };
  const auto [value, y, gradient] = value_and_grad(loss, has_aux)(line, t);
  fmt::print("mean of squares {} of {}: by slope {}, by offset {}\n\n", value, y,
             gradient["slope"].tensor(), gradient["offset"].tensor());
}

/// Several numbers in, several out: f(r, angle) = (x, y).
Tensor from_polar(Tensor p) {
  const Tensor r = slice(p, {0}, {1}), angle = slice(p, {1}, {2});
  return concatenate({r * cos(angle), r * sin(angle)}, 0);
}

/// The matrix J of all derivatives; products with it from either side, without making it.
void of_many_numbers() {
  const Tensor p = Tensor::from({2., 0.5}, {2});  // float64
  const Tensor J = jacobian(from_polar)(p);
  fmt::print("Jacobian:\n{}\n", J);
  const auto [moved_to, velocity] = jvp(from_polar, p, Tensor::from({1., 0.}, {2}));
  fmt::print("J v, v = (1, 0), its first column, by jvp: {}\n", velocity);
  const auto [value, pullback] = vjp(from_polar, p);
  fmt::print("u J, u = (1, 0), its first row, by vjp: {}\n", pullback(Tensor::from({1., 0.}, {2})));

  const auto rosenbrock = [](Tensor q) {
    const Tensor x = take(q, Tensor(0), 0), y = take(q, Tensor(1), 0);
    return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
  };
  fmt::print("Hessian of Rosenbrock's function at (1, 1):\n{}\n", hessian(rosenbrock)(ones({2})));

  // Trust, but verify: against differences, in float64.
  fmt::print("differences: {}\n\n", check_gradients(from_polar, p));
}

/// y = a exp(−b t) through 50 noisy points, by Newton's method: where the squared error has slope g
/// and curvature H, the step −H⁻¹ g leads to the minimum of the parabola that fits there.
void fitting() {
  const Tensor t = arange(50, float64) / 10;
  const auto curve = [t](Tensor p) {
    return take(p, Tensor(0), 0) * exp(-take(p, Tensor(1), 0) * t);
  };
  const Tensor noise = random::normal(random::key(0), t.shape(), float64) / 100;
  const Tensor measured = curve(Tensor::from({2., 1.5}, {2})) + noise;
  const auto loss = [&](Tensor p) {
    const Tensor error = curve(p) - measured;
    return mean(error * error);
  };

  Tensor p = Tensor::from({1., 1.}, {2});
  int steps = 0;
  for (double slope = 1; slope > 1e-8; ++steps) {
    const auto [value, gradient] = value_and_grad(loss)(p);
    const auto g = gradient.data<double>();
    const Tensor curvature = hessian(loss)(p);
    const auto H = curvature.data<double>();
    const double determinant = H[0] * H[3] - H[1] * H[2];
    slope = std::hypot(g[0], g[1]);
    fmt::print("step {}: loss {:.6f}, slope {:.0e}, p {}\n", steps, value.item<double>(), slope, p);
    p = p - Tensor::from({H[3] * g[0] - H[1] * g[1], H[0] * g[1] - H[2] * g[0]}, {2}) / determinant;
  }
  const auto learned = p.data<double>();
  fmt::print("learned {:.1f} exp(-{:.1f} t) in {} steps\n", learned[0], learned[1], steps);
}

int main() {
  of_a_number();
  of_a_tree();
  of_many_numbers();
  fitting();
}
