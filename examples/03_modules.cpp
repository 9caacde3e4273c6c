// Modules: writing one, making its parameters, changing its options, keeping a state.
//
//   sh examples/run.sh 03_modules
// Last line to expect: seen in three batches: 12.0 examples, mean [3. 4.]
#include <linseed/linseed.h>

namespace nn = linseed::nn;
using linseed::Tensor;

/// A module is a struct: its fields are options, its `apply` is what it does. Parameters are no
/// fields. `apply` uses other modules like functions, and each makes or finds its own.
struct Mlp : nn::Module<Mlp> {
  int hidden = 4;
  bool bias = true;

  Tensor apply(Tensor x) const {
    x = nn::relu(nn::Dense{.features = hidden, .bias = bias}(x));  // becomes Dense_0
    x = nn::relu(nn::Dense{.features = hidden, .bias = bias}(x));  // becomes Dense_1
    return nn::Dense{.features = 3, .bias = bias}.named("head")(x);
  }
};

/// The names and shapes of a tree of tensors: parameters, a state, a model, an optimizer.
template <class Tree>
void print_tree(const Tree& tree) {
  for (const auto& leaf : linseed::tree::named_leaves(tree)) {
    fmt::print("  {:<22} {}\n", leaf.path(), leaf.tensor.spec());
  }
}

/// Three ways to make parameters; all need a key, since first values are random.
void making(const Tensor& key, const Tensor& x) {
  // init runs apply once on a real input: (output, parameters).
  const auto [y, params] = Mlp{}.init(key, x);
  fmt::print("Mlp maps {} to {} by\n", x.shape(), y.shape());
  print_tree(params);

  // init_by_shape needs the input's shape only, and computes nothing but the parameters.
  const auto by_shape = Mlp{}.init_by_shape(key, {{{1, 2}}}).params;
  fmt::print("same values by shape alone: {}\n",
             linseed::fingerprint(params) == linseed::fingerprint(by_shape));

  // create binds module and parameters to a model, which is called like a function.
  const auto model = Mlp{}.create(key, x).model;
  fmt::print("called again, same output: {}\n\n", all(equal(model(x), y)).item<bool>());
}

/// Options are set where a module is made, or changed later on a copy.
void options(const Tensor& key, const Tensor& x) {
  const Mlp plain{.bias = false};
  const auto model = plain.partial(&Mlp::hidden, 2).create(key, x).model;  // still without bias
  fmt::print("narrower, without bias:\n");
  print_tree(model);

  // Parameters are values: a changed copy makes another model.
  const auto doubled = linseed::tree::map([](const Tensor& p) { return p * 2; }, model.params);
  fmt::print("output {}, with doubled parameters {}\n", linseed::sum(model(x), 0),
             linseed::sum(model.replace(doubled)(x), 0));
  try {
    model(linseed::ones({1, 5}));
  } catch (const linseed::ModuleError& error) {  // says where: /Dense_0
    fmt::print("input of another width: {}\n\n", error.what());
  }
}

/// A layer with a state, which it remembers without a gradient: what it has seen, to centre by.
struct Centre : nn::Module<Centre> {
  Tensor apply(const Tensor& x) const {
    const Tensor scale = param("scale", {x.dim(-1)}, nn::initializers::ones());
    auto count = state("count", {}, nn::initializers::zeros());
    auto sum = state("sum", {x.dim(-1)}, nn::initializers::zeros());
    if (!is_initializing()) {
      count.set(count.get() + x.dim(0));
      sum.set(sum.get() + linseed::sum(x, 0));
    }
    return (x - sum.get() / linseed::maximum(count.get(), 1)) * scale;
  }
};

/// State goes in as a value and comes out as another: nothing changes behind your back.
void state_of_ones_own(const Tensor& key, const Tensor& x) {
  auto [created, state] = nn::stateful([&] { return Centre{}.create(key, x); });
  fmt::print("parameters and state of Centre:\n");
  print_tree(created.model);
  print_tree(state["/"]);  // by module: "/" is the outermost
  for (const float shift : {0.f, 1.f, 2.f}) {
    const nn::Model<Centre>& model = created.model;
    std::tie(std::ignore, state) = nn::stateful(state, [&] { return model(x + shift); });
  }
  const Tensor count = state["/"]["count"], sum = state["/"]["sum"];
  fmt::print("seen in three batches: {} examples, mean {}\n", count, sum / count);
}

int main() {
  const Tensor key = linseed::random::key(0);
  const Tensor x = linseed::reshape(linseed::arange(8, linseed::float32), {4, 2}) - 1;
  making(key, x);
  options(key, x);
  state_of_ones_own(key, x);
}
