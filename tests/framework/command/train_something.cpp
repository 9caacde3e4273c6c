// A training program for verify-resume to judge, right or with one of the usual mistakes.
#include <unistd.h>

#include <chrono>

#include <CLI/CLI.hpp>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>

using linseed::Tensor;
using linseed::Tree;

namespace {

struct State {
  Tensor weight = Tensor::from({1.f, 2.f, 3.f}, {3});
  Tensor momentum = Tensor::from({0.f, 0.f, 0.f}, {3});
  Tensor mean = Tensor::from({0.f, 0.f, 0.f}, {3});
  Tensor var = Tensor::from({1.f, 1.f, 1.f}, {3});
  Tensor step = Tensor(0);
  Tensor key = linseed::random::key(1);
  Tensor epoch = Tensor(std::int64_t{0});
};

/// The state as it is saved, without the part that the program forgets.
Tree saved(const State& state, const std::string& forget) {
  const Tree moments{{"weight", Tree{{"momentum", state.momentum}}}};
  const Tree params{{"params", Tree{{"weight", state.weight}}}};
  Tree tree;
  if (forget != "optimizer") {
    tree["optimizer"]["state"] =
        Tree{{"step", state.step}, {"param_states", Tree{{"params", moments}}}};
  }
  tree["optimizer"]["target"] = params;
  if (forget != "stats") tree["stats"]["/bn"] = Tree{{"mean", state.mean}, {"var", state.var}};
  tree["key"] = state.key;
  if (forget != "position") tree["position"]["epoch"] = state.epoch;
  return tree;
}

State restored(State state, const std::string& directory, const std::string& forget) {
  const Tree tree = linseed::restore_checkpoint(directory, saved(state, forget)).value;
  if (forget != "optimizer") {
    state.step = tree["optimizer"]["state"]["step"];
    state.momentum = tree["optimizer"]["state"]["param_states"]["params"]["weight"]["momentum"];
  }
  state.weight = tree["optimizer"]["target"]["params"]["weight"];
  if (forget != "stats" && forget != "unused") {
    state.mean = tree["stats"]["/bn"]["mean"];
    state.var = tree["stats"]["/bn"]["var"];
  }
  if (forget != "position") state.epoch = tree["position"]["epoch"];
  return state;
}

void take_step(State& state) {
  const Tensor x = linseed::random::normal(linseed::random::fold_in(state.key, state.epoch), {3});
  state.momentum = state.momentum * 0.9f + x;
  state.weight = state.weight - state.momentum * 0.1f;
  state.mean = state.mean * 0.9f + x * 0.1f;
  state.var = state.var * 0.9f + x * x * 0.1f;
  state.step = state.step + 1;
  state.epoch = state.epoch + 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory, forget;
  std::int64_t steps = 0, until = 0;
  bool resume = false, fail = false, no_checkpoint = false, clock = false;
  CLI::App app;
  app.add_option("--run-dir", directory);
  app.add_option("--steps", steps);
  app.add_option("--until", until);
  app.add_option("--forget", forget);
  app.add_flag("--resume", resume);
  app.add_flag("--fail", fail);
  app.add_flag("--no-checkpoint", no_checkpoint);
  app.add_flag("--clock", clock);
  CLI11_PARSE(app, argc, argv);
  std::printf("training\n");
  if (fail) {
    std::fprintf(stderr, "no memory left\n");
    return 7;
  }
  State state;
  if (clock) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    state.key = linseed::random::key(static_cast<std::uint64_t>(now) + getpid());
  }
  const std::int64_t before = resume ? *linseed::latest_step(directory) : 0;
  if (resume) state = restored(state, directory, forget);
  const std::int64_t last = until > 0 ? until : before + steps;
  for (std::int64_t step = before; step < last; ++step) take_step(state);
  if (last > before && !no_checkpoint) {
    linseed::save_checkpoint(directory, saved(state, forget), last);
  }
  return 0;
}
