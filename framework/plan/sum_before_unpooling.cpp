// Sums over images of what max_unpool makes, as those over the maxima.
//
// Unpooling puts each g where its maximum stood, and adds what meets there. So with h of the size
// of the image, and h' what it has where the maxima stood,
//   Σ max_unpool(g) = Σ g   and   Σ max_unpool(g) · h = Σ g · h'.
// Where h is made element by element of x and of what does not vary over an image, as x − mean in
// the gradient of a BatchNorm, h' is made so of x'.
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/movement.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using Step = Program::Step;

class Sums {
 public:
  explicit Sums(Program program) : program_(std::move(program)), definitions_(program_) {}

  Program result() && {
    std::vector<Step> steps;
    for (Step step : program_.steps) {
      const std::optional<int> fewer = fewer_summands(step);
      if (fewer) step.inputs = {*fewer};
      std::ranges::move(std::exchange(made_, {}), std::back_inserter(steps));
      steps.push_back(std::move(step));
    }
    program_.steps = std::move(steps);
    return without_unused(std::move(program_));
  }

 private:
  /// What can be summed instead, and is made by `made_`; none if a step is no such sum.
  std::optional<int> fewer_summands(const Step& sum) {
    if (sum.primitive->kernel != kernels::reduce_sum) return std::nullopt;
    const int summands = sum.inputs[0];
    if (const Step* const unpool = unpooling(summands, sum)) return unpool->inputs[0];
    const Step* const product = definitions_.of(summands);
    if (product == nullptr || product->primitive != multiply_) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
      const int unpooled = product->inputs[i], h = product->inputs[1 - i];
      if (shape(unpooled) != shape(summands)) continue;
      const Step* const unpool = unpooling(unpooled, sum);
      if (unpool == nullptr || !can_be_selected(h, shape(summands))) continue;
      return make(*product, {unpool->inputs[0], selected(h, *unpool)}, summands, *unpool);
    }
    return std::nullopt;
  }

  const Shape& shape(int value) const { return program_.spec(value).shape; }

  /// The step that makes a value by max_unpool, without padding, if the sum is over all of an
  /// image.
  const Step* unpooling(int value, const Step& sum) const {
    const Step* const made = definitions_.of(value);
    if (made == nullptr || made->primitive->kernel != kernels::max_unpool) return nullptr;
    const auto& window = made->attributes.as<kernels::PoolingAttributes>().window;
    if (window.has_padding()) return nullptr;  // a window of nothing else has no maximum
    const auto& axes = sum.attributes.as<kernels::ReduceAttributes>().axes;
    for (int axis = 1; axis + 1 < shape(value).ndim(); ++axis) {
      if (std::ranges::find(axes, axis) == axes.end()) return nullptr;
    }
    return made;
  }

  /// What a value was before it was broadcast.
  int unbroadcast(int value) const {
    for (const Step* made = definitions_.of(value);
         made != nullptr && made->primitive->kernel == kernels::broadcast;
         made = definitions_.of(value)) {
      value = made->inputs[0];
    }
    return value;
  }

  /// Whether a value is not the same all over an image [n, spatial…, c], to which it broadcasts.
  bool varies(int value, const Shape& image) const {
    const Shape& own = shape(unbroadcast(value));
    const int missing = image.ndim() - own.ndim();
    for (int axis = std::max(1 - missing, 0); axis + 1 < own.ndim(); ++axis) {
      if (own[axis] != 1) return true;
    }
    return false;
  }

  /// What a value of the shape of the image is made of, element by element, if that is one image
  /// and what does not vary over it; none of another value.
  std::optional<int> made_of(int value) const {
    const Step* const made = definitions_.of(value);
    if (made == nullptr || made->primitive->loop == nullptr) return std::nullopt;
    std::optional<int> image;
    for (const int input : made->inputs) {
      if (!varies(input, shape(value))) continue;
      if (image.value_or(input) != input || !is_image(input, shape(value))) return std::nullopt;
      image = input;
    }
    return image;
  }

  /// Whether max_pool_select takes a value.
  bool is_image(int value, const Shape& image) const {
    const DType dtype = program_.spec(value).dtype;
    return shape(value) == image && varies(value, image) && (dtype == float32 || dtype == float64);
  }

  /// Whether an image is there, or made of one that is, step by step.
  bool can_be_selected(int value, const Shape& image) const {
    if (!is_image(value, image)) return false;
    const Step* const made = definitions_.of(value);
    if (made == nullptr || made->primitive->loop == nullptr) return true;
    const std::optional<int> from = made_of(value);
    return from && can_be_selected(*from, image);
  }

  /// Such a value where the maxima stood.
  int selected(int value, const Step& unpool) {
    const std::optional<int> image = made_of(value);
    if (!image) {
      const Step select{select_, unpool.attributes, {}, {}, unpool.label};
      return make(select, {value, unpool.inputs[1]}, value, unpool);
    }
    const Step& made = *definitions_.of(value);
    std::vector<int> inputs;
    for (const int input : made.inputs) {
      inputs.push_back(input == *image ? selected(input, unpool) : unbroadcast(input));
    }
    return make(made, std::move(inputs), value, unpool);
  }

  /// A step as another one, of the pooled size and the type of `like`.
  int make(Step step, std::vector<int> inputs, int like, const Step& unpool) {
    program_.values.push_back({shape(unpool.inputs[0]), program_.spec(like).dtype});
    step.inputs = std::move(inputs);
    step.outputs = {static_cast<int>(program_.values.size()) - 1};
    made_.push_back(std::move(step));
    return made_.back().outputs[0];
  }

  const Primitive* const multiply_ = find_primitive("multiply");
  const Primitive* const select_ = find_primitive("max_pool_select");
  Program program_;
  const Definitions definitions_;
  std::vector<Step> made_;
};

}  // namespace

Program sum_before_unpooling(Program program) { return Sums(std::move(program)).result(); }

}  // namespace linseed
