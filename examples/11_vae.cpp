// A variational autoencoder draws clothes that nobody has made: shared modules and methods.
//
//   sh examples/run.sh 11_vae             4 epochs of Fashion-MNIST; writes a PNG
//   sh examples/run.sh 11_vae --short     100 steps
// Last line to expect: test images cost less than by pixels alone: true
#include <linseed/linseed.h>

#include "support/draw.h"
#include "support/options.h"
#include "support/save_png.h"

namespace nn = linseed::nn;
namespace data = linseed::data;
namespace optim = linseed::optim;
using linseed::Tensor;

const std::filesystem::path kPicture = "runs/11_vae/samples.png";
constexpr int kLatents = 20;

/// x [n, 784] -> mean and logarithm of the variance of its latents, each [n, 20].
struct Encoder : nn::Module<Encoder> {
  std::pair<Tensor, Tensor> apply(Tensor x) const {
    x = nn::relu(nn::Dense{.features = 500}.named("fc1")(x));
    return {nn::Dense{.features = kLatents}.named("fc2_mean")(x),
            nn::Dense{.features = kLatents}.named("fc2_logvar")(x)};
  }
};

/// z [n, 20] -> logits of the pixels [n, 784].
struct Decoder : nn::Module<Decoder> {
  Tensor apply(Tensor z) const {
    z = nn::relu(nn::Dense{.features = 500}.named("fc1")(z));
    return nn::Dense{.features = 784}.named("fc2")(z);
  }
};

/// Kingma, Welling, "Auto-encoding variational Bayes" (2014).
struct Vae : nn::Module<Vae> {
  struct Output {
    Tensor logits, mean, log_variance;
    static constexpr auto tree =
        linseed::fields<&Output::logits, &Output::mean, &Output::log_variance>;
  };

  /// Latents are drawn by a key, so the same key gives the same result.
  Output apply(const Tensor& x, const Tensor& key) const {
    const auto [mean, log_variance] = Encoder{}.named("encoder")(x);
    const Tensor noise = linseed::random::normal(key, mean.shape());
    return {decoder()(mean + linseed::exp(log_variance / 2) * noise), mean, log_variance};
  }

  /// A method: another use of the same parameters, such as drawing images of latents.
  Tensor generate(const Tensor& z) const { return nn::sigmoid(decoder()(z)); }

 private:
  /// Whoever declares a shared module by this name gets these parameters.
  static nn::Shared<Decoder> decoder() { return Decoder{}.shared("decoder"); }
};

/// Pixels that are black or white, each white as likely as it is light: [n,28,28,1] -> [n,784].
Tensor binarised(const Tensor& images, const Tensor& key) {
  const Tensor chances = linseed::random::uniform(key, images.shape());
  return linseed::reshape(astype(chances < images, linseed::float32), {images.dim(0), -1});
}

/// What it costs, in nats per image, to describe x: its pixels by the decoder, given its latents,
/// and how far these are from the standard normal distribution that they are drawn from later.
Tensor cost(const nn::Model<Vae>& model, const Tensor& x, const Tensor& key) {
  const auto [logits, mean, log_variance] = model(x, key);
  const Tensor pixels = nn::sigmoid_cross_entropy(logits, x, {.reduction = nn::Reduction::sum});
  const Tensor divergence = sum(exp(log_variance) + mean * mean - 1 - log_variance) / 2;
  return (pixels + divergence) / x.dim(0);
}

nn::Model<Vae> train(const Tensor& examples, const Tensor& key, std::int64_t epochs,
                     std::int64_t most_steps) {
  const auto model = Vae{}.create(key, linseed::zeros({1, 784}), key).model;
  auto optimizer = optim::Adam{.learning_rate = 1e-3f}.create(model);
  const auto step = linseed::jit([=](auto before, const Tensor& images) {
    const Tensor now = linseed::random::fold_in(key, before.state.step);
    const auto cost_of = [&](const nn::Model<Vae>& candidate) {
      return cost(candidate, binarised(images, linseed::random::fold_in(now, 0)),
                  linseed::random::fold_in(now, 1));
    };
    const auto [value, gradient] = linseed::value_and_grad(cost_of)(before.target);
    return std::pair(before.apply_gradient(gradient), value);
  });
  const data::Batches batches(examples, 128, key);
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    std::int64_t steps = 0;
    for (const Tensor& images : batches.rest_of_epoch({.epoch = epoch})) {
      Tensor value;
      std::tie(optimizer, value) = step(std::move(optimizer), images);
      if (++steps % 100 == 0) {
        fmt::print("epoch {}, step {}: {:.1f} nats\n", epoch + 1, steps, value.item<float>());
      }
      if (steps == most_steps) break;
    }
  }
  return optimizer.target;
}

/// A row of test images, a row of what is left of them in 20 numbers, and rows of new ones.
void draw(const nn::Model<Vae>& model, const Tensor& images, const Tensor& key) {
  constexpr std::int64_t kColumns = 10;
  const Tensor shown = linseed::slice(images, {0, 0, 0, 0}, {kColumns, 28, 28, 1});
  const auto output = model(binarised(shown, key), key);
  const Tensor latents = linseed::random::normal(key, {6 * kColumns, kLatents});
  const Tensor drawn = linseed::concatenate(
      {model.method<&Vae::generate>(output.mean), model.method<&Vae::generate>(latents)}, 0);
  const Tensor pictures =
      linseed::concatenate({shown, linseed::reshape(drawn, {-1, 28, 28, 1})}, 0);
  example::save_png(kPicture, example::tiled(pictures, kColumns), 3);

  std::vector<example::Drawing> drawings;
  for (const std::size_t i : {20, 21, 22}) {
    drawings.push_back(example::draw(pictures.data<float>().subspan(i * 784, 784), 28));
  }
  fmt::print("{}", example::side_by_side(drawings, {"drawn from noise:", "", ""}));
}

int body(int argc, char** argv) {
  const bool brief = example::parse_short(argc, argv);
  const auto task = data::fashion_mnist();
  const Tensor key = linseed::random::key(0);
  const auto model =
      train(task.train.images, linseed::random::fold_in(key, 0), brief ? 1 : 4, brief ? 100 : 468);
  draw(model, task.test.images, linseed::random::fold_in(key, 1));

  const Tensor x = binarised(task.test.images, linseed::random::fold_in(key, 2));
  const Tensor by_model = cost(model, x, linseed::random::fold_in(key, 3));
  // Without a model each pixel is white as often as in the training images, whatever the others.
  const Tensor share =
      linseed::reshape(linseed::clip(mean(task.train.images, 0), 1e-4, 1 - 1e-4), {-1});
  const Tensor logits = linseed::broadcast_to(log(share / (1 - share)), x.shape());
  const Tensor by_pixels = nn::sigmoid_cross_entropy(logits, x, {.reduction = nn::Reduction::sum});
  fmt::print("a test image costs {:.1f} nats, by pixels alone {:.1f}; see {}\n",
             by_model.item<float>(), by_pixels.item<float>() / static_cast<float>(x.dim(0)),
             kPicture.string());
  fmt::print("test images cost less than by pixels alone: {}\n",
             (by_model < by_pixels / x.dim(0)).item<bool>());
  return 0;
}

int main(int argc, char** argv) { return example::run_example(body, argc, argv); }
