// K1 to K9: convolutions of small networks, K10: dense layers, and C1 to C9: convolutions that
// other networks have, from which one learns; each forward, its input gradient and its weight
// gradient.
#include <tuple>

#include <linseed/linseed.h>

#include "case.h"
#include "product_flops.h"
#include "random_inputs.h"

namespace bench {
namespace {

using linseed::Shape;
using linseed::Tensor;

/// A convolution of square images by a square window.
struct ConvolutionSize {
  int batch, size, channels, features, window, stride, padding;

  int out() const { return (size + 2 * padding - window) / stride + 1; }
};

struct NamedSize {
  const char* name;
  ConvolutionSize size;
};

constexpr NamedSize kConvolutions[] = {
    {"K1", {128, 28, 1, 32, 3, 1, 1}},
    {"K2", {128, 14, 32, 64, 3, 1, 1}},
    {"K3", {64, 26, 32, 64, 3, 1, 0}},
    {"K4", {128, 32, 3, 16, 3, 1, 1}},
    {"K5", {128, 32, 16, 16, 3, 1, 1}},
    {"K6", {128, 32, 16, 32, 3, 2, 1}},
    {"K7", {128, 16, 32, 32, 3, 1, 1}},
    {"K8", {128, 8, 64, 64, 3, 1, 1}},
    {"K9", {128, 32, 16, 32, 1, 2, 0}},
    // LeNet-5's two.
    {"C1", {128, 28, 1, 6, 5, 1, 0}},
    {"C2", {128, 12, 6, 16, 5, 1, 0}},
    // The first, the second and the last of CNNs on MNIST.
    {"C3", {128, 28, 1, 32, 5, 1, 2}},
    {"C4", {128, 14, 32, 64, 5, 1, 2}},
    {"C5", {128, 7, 64, 64, 3, 1, 1}},
    // The first and the last of CNNs on CIFAR-10.
    {"C6", {128, 32, 3, 32, 3, 1, 1}},
    {"C7", {64, 4, 256, 256, 3, 1, 1}},
    // DCGAN's, whose input gradient is the last of the generator; and a pointwise one.
    {"C8", {128, 28, 1, 64, 4, 2, 1}},
    {"C9", {128, 16, 64, 64, 1, 1, 0}},
};

struct DenseSize {
  int in, features, batch;
};

constexpr DenseSize kDense[] = {{784, 256, 32}, {1568, 128, 128}, {9216, 128, 256}};

/// A function (x, w) -> y in three directions. All tensors are arguments of the compiled function:
/// what it captures would be a constant, computed once.
template <class F>
std::unique_ptr<Work> bilinear_work(const std::string& direction, const F& f, const Shape& x_shape,
                                    const Shape& w_shape, const Shape& y_shape) {
  const Tensor x = normal(1, x_shape);
  const Tensor w = normal(2, w_shape);
  const Tensor y_bar = normal(3, y_shape);
  if (direction == "forward") {
    const auto run = linseed::jit(f);
    return std::make_unique<Repeated>([=] { run(x, w); });
  }
  if (direction == "input_gradient") {
    const auto run = linseed::jit([f](const Tensor& a, const Tensor& b, const Tensor& cotangent) {
      return linseed::vjp(f, a, b).second(cotangent);
    });
    return std::make_unique<Repeated>([=] { run(x, w, y_bar); });
  }
  const auto run = linseed::jit([f](const Tensor& a, const Tensor& b, const Tensor& cotangent) {
    const auto of_weights = [&](const Tensor& weights) { return f(a, weights); };
    return linseed::vjp(of_weights, b).second(cotangent);
  });
  return std::make_unique<Repeated>([=] { run(x, w, y_bar); });
}

/// The cases of one function; `spec` says what it is.
template <class F>
void add_directions(std::vector<Case>& cases, const std::string& name, const nlohmann::json& spec,
                    const F& f, const Shape& x, const Shape& w) {
  const Tensor result = f(linseed::zeros(x), linseed::zeros(w));
  const double flops = product_flops({result});  // of the gradients too
  const Shape y = result.shape();
  for (const std::string direction : {"forward", "input_gradient", "weight_gradient"}) {
    nlohmann::json directed = spec;
    directed["direction"] = direction;
    cases.push_back({.name = name + "/" + direction,
                     .flops = flops,
                     .bytes = 4.0 * static_cast<double>(x.size() + w.size() + y.size()),
                     .spec = directed,
                     .prepare = [=] { return bilinear_work(direction, f, x, w, y); }});
  }
}

}  // namespace

std::vector<Case> convolution_cases() {
  std::vector<Case> cases;
  for (const auto& [name, s] : kConvolutions) {
    const linseed::ConvolutionOptions options{
        .strides = {s.stride, s.stride},
        .padding = {{s.padding, s.padding}, {s.padding, s.padding}}};
    const auto f = [options](const Tensor& x, const Tensor& kernel) {
      return linseed::convolution(x, kernel, options);
    };
    const nlohmann::json spec = {
        {"kind", "convolution"},  {"batch", s.batch},       {"size", s.size},
        {"channels", s.channels}, {"features", s.features}, {"window", s.window},
        {"stride", s.stride},     {"padding", s.padding},   {"out", s.out()}};
    add_directions(cases, name, spec, f, {s.batch, s.size, s.size, s.channels},
                   {s.window, s.window, s.channels, s.features});
  }
  return cases;
}

std::vector<Case> dense_cases() {
  std::vector<Case> cases;
  for (const auto& [in, features, batch] : kDense) {
    const auto f = [](const Tensor& x, const Tensor& w) { return linseed::matmul(x, w); };
    const nlohmann::json spec = {
        {"kind", "dense"}, {"batch", batch}, {"in", in}, {"features", features}};
    add_directions(cases, fmt::format("K10/{}x{}b{}", in, features, batch), spec, f, {batch, in},
                   {in, features});
  }
  return cases;
}

}  // namespace bench
