// Checkpoints: saving a training run, restoring it whole or in part, resuming it.
//
//   sh examples/run.sh 06_checkpoint        writes to runs/06_checkpoint
// Last line to expect: stopped and resumed, or never stopped: the same bits
#include <linseed/linseed.h>

namespace nn = linseed::nn;
namespace optim = linseed::optim;
namespace data = linseed::data;
using linseed::Tensor;

const std::filesystem::path kFolder = "runs/06_checkpoint";

struct Mlp : nn::Module<Mlp> {
  int hidden = 32;

  Tensor apply(const Tensor& x) const {
    return nn::Dense{.features = 1}(nn::relu(nn::Dense{.features = hidden}(x)));
  }
};

/// All that a run needs to go on where it stopped. (With BatchNorm its averages would be here,
/// too.) The last line makes the struct a tree of tensors, which is what can be saved.
struct TrainState {
  optim::Optimizer<optim::Adam, nn::Model<Mlp>> optimizer;  // parameters, Adam's moments, the step
  Tensor key;                                               // of the order of the data
  data::Position position;                                  // in the data
  static constexpr auto tree =
      linseed::fields<&TrainState::optimizer, &TrainState::key, &TrainState::position>;
};

TrainState fresh_state(const Mlp& mlp, std::uint64_t seed) {
  const Tensor key = linseed::random::key(seed);
  const auto model = mlp.create_by_shape(key, {{{8, 2}}}).model;
  return {optim::Adam{.learning_rate = 0.02f}.create(model), linseed::random::fold_in(key, 1), {}};
}

/// The state after `steps` more steps of learning to multiply two numbers.
TrainState train(TrainState state, int steps) {
  const Tensor x = linseed::random::normal(linseed::random::key(7), {100, 2});
  const auto column = [&](int i) { return linseed::take(x, Tensor::from({i}, {1}), 1); };
  const data::Batches batches(std::pair(x, column(0) * column(1)), 8, state.key);
  const auto step = linseed::jit([](auto optimizer, Tensor factors, Tensor product) {
    const auto loss_of = [&](const nn::Model<Mlp>& model) {
      const Tensor error = model(factors) - product;
      return linseed::mean(error * error);
    };
    return optimizer.apply_gradient(linseed::grad(loss_of)(optimizer.target));
  });
  for (int i = 0; i < steps; ++i) {
    const auto [factors, product] = *batches.rest_of_epoch(state.position).begin();
    state.optimizer = step(std::move(state.optimizer), factors, product);
    state.position = batches.next(state.position);
  }
  return state;
}

int main() {
  // A file for each step; the newest three stay. overwrite, since this program may run again.
  TrainState state = fresh_state(Mlp{}, 0);
  for (const int step : {0, 250, 500, 750}) {
    const linseed::SaveOptions options{.keep = 3, .overwrite = true};
    fmt::print("saved {}\n", linseed::save_checkpoint(kFolder, state, step, options).string());
    state = train(state, 250);
  }
  // Each is an HDF5 file with the names of the tree. Others read it, too (package hdf5-tools):
  //   h5dump -n runs/06_checkpoint/checkpoint_750
  //   h5dump -d /state/optimizer/target/params/Dense_1/bias runs/06_checkpoint/checkpoint_750
  fmt::print("what a checkpoint holds:\n");
  for (const auto& leaf : linseed::tree::named_leaves(state)) {
    fmt::print("  {:<62} {}\n", leaf.path(), leaf.tensor.spec());
  }

  // The second argument says what is expected there; its values are not read.
  const TrainState like = fresh_state(Mlp{}, 1);
  const auto [restored, step] = linseed::restore_checkpoint(kFolder, like, {.step = 500});
  fmt::print("restored whole: step {}, in epoch {}\n", step, restored.position.epoch);

  // A part, such as the model alone, for a program that does not train; here from the newest step.
  const auto model =
      linseed::restore_checkpoint(kFolder, like.optimizer.target, {.at = "optimizer/target"}).value;
  const Tensor guess = model(Tensor::from({1.f, 0.5f}, {1, 2}));
  fmt::print("restored in part: 1.0 * 0.5 is about {:.2f}\n", guess.item<float>());

  try {  // another network than the one that was saved
    linseed::restore_checkpoint(kFolder, fresh_state(Mlp{.hidden = 16}, 0));
  } catch (const linseed::InvalidArgument& error) {
    fmt::print("refused: {}\n", error.what());
  }

  const TrainState resumed = train(restored, 500);
  const bool same = linseed::fingerprint(resumed) == linseed::fingerprint(state);
  fmt::print("stopped and resumed, or never stopped: {} bits\n", same ? "the same" : "other");
}
