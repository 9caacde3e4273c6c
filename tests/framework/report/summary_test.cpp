// nn::summary: the table of a model, from shapes alone.
#include <linseed/framework/report/summary.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/core/buffer.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/dropout.h>
#include <linseed/modules/embed.h>
#include <linseed/modules/pooling.h>
#include <linseed/modules/sequential.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>

namespace linseed::test {
namespace {

using nn::SummaryRow;

std::vector<std::string> paths(const nn::Summary& summary) {
  std::vector<std::string> all;
  for (const SummaryRow& row : summary.rows) all.push_back(row.path);
  return all;
}

const SummaryRow& row(const nn::Summary& summary, std::string_view path) {
  for (const SummaryRow& each : summary.rows) {
    if (each.path == path) return each;
  }
  throw std::runtime_error(fmt::format("no row {}", path));
}

/// A multi-layer perceptron without biases.
struct Perceptron : nn::Module<Perceptron> {
  std::vector<int> features;
  Tensor apply(Tensor x) const {
    for (const int each : features) x = nn::Dense{.features = each, .bias = false}(x);
    return x;
  }
};

struct Block : nn::Module<Block> {
  Tensor apply(const Tensor& x) const {
    return nn::relu(nn::BatchNorm{}(nn::Conv{.features = 8, .kernel_size = {3, 3}}(x)));
  }
};

struct Net : nn::Module<Net> {
  Tensor apply(Tensor x) const {
    x = nn::max_pool(Block{}.named("first")(x), {2, 2}, {2, 2});
    x = Block{}.named("second")(x);
    const Tensor gain = param("gain", {}, nn::initializers::ones());
    return nn::Dense{.features = 10}(reshape(x * gain, {x.dim(0), -1}));
  }
};

}  // namespace

TEST_CASE("rows are in the order of the modules, with shapes and counts of their own") {
  const nn::Summary summary = nn::summary(Net{}, {{{2, 8, 8, 1}}});
  CHECK(paths(summary) ==
        std::vector<std::string>{"/", "/first", "/first/Conv_0", "/first/BatchNorm_1", "/second",
                                 "/second/Conv_0", "/second/BatchNorm_1", "/Dense_0"});
  CHECK(row(summary, "/first/Conv_0").output == std::vector<TensorSpec>{{{2, 8, 8, 8}, float32}});
  CHECK(row(summary, "/").output == std::vector<TensorSpec>{{{2, 10}, float32}});
  CHECK(row(summary, "/").params == 1);
  CHECK(row(summary, "/first").params == 0);
  CHECK(row(summary, "/first/Conv_0").params == 3 * 3 * 1 * 8 + 8);
  CHECK(row(summary, "/second/Conv_0").params == 3 * 3 * 8 * 8 + 8);
  CHECK(row(summary, "/second/BatchNorm_1").params == 16);
  CHECK(row(summary, "/second/BatchNorm_1").state == 16);
  CHECK(row(summary, "/Dense_0").params == 4 * 4 * 8 * 10 + 10);
  CHECK(summary.total.params == 1 + 80 + 16 + 584 + 16 + 1290);
  CHECK(summary.total.state == 32);
  CHECK(summary.param_bytes == 4. * static_cast<double>(summary.total.params));
}

TEST_CASE("numbers that a model makes of constants are not computed for a summary") {
  struct Scale : nn::Module<Scale> {
    Tensor apply(const Tensor& x) const { return x * (1.F / sqrt(Tensor(8.F))); }
  };
  CHECK(nn::summary(Scale{}, {{{4, 3}}}).rows.size() == 1);
}

TEST_CASE("multiply-adds are those of the whole batch, and the bias is half of one") {
  const nn::Summary summary = nn::summary(nn::Dense{.features = 7}, {{{5, 3}}});
  CHECK(row(summary, "/").multiply_adds == 5 * 3 * 7 + 5 * 7 / 2.);
  const nn::Summary conv =
      nn::summary(nn::Conv{.features = 4, .kernel_size = {3, 3}, .padding = "VALID", .bias = false},
                  {{{2, 10, 10, 3}}});
  CHECK(conv.total.multiply_adds == 2. * 8 * 8 * 4 * 3 * 3 * 3);
  // Along each side two of the thirty taps fall into the padding.
  const nn::Summary padded = nn::summary(
      nn::Conv{.features = 4, .kernel_size = {3, 3}, .bias = false}, {{{2, 10, 10, 3}}});
  CHECK(padded.total.multiply_adds == 2. * 28 * 28 * 4 * 3);
}

TEST_CASE("a shared module has one row: its parameters once, its work for each use") {
  const Body twice{.body = [](const Tensor& x) {
    const auto dense = nn::Dense{.features = 3, .bias = false}.shared("d");
    return dense(dense(x));
  }};
  const nn::Summary summary = nn::summary(twice, {{{4, 3}}});
  CHECK(row(summary, "/d").uses == 2);
  CHECK(row(summary, "/d").params == 9);
  CHECK(row(summary, "/d").multiply_adds == 2 * 4 * 3 * 3);
  CHECK(summary.total.params == 9);
}

TEST_CASE("methods count in the row of their module, which may be used by nothing else") {
  const Body tied{.body = [](const Tensor& x) {
    const auto embed = nn::Embed{.num_embeddings = 50, .features = 8}.shared("embed");
    return embed.method<&nn::Embed::attend>(embed(astype(x, int32)));
  }};
  const nn::Summary summary = nn::summary(tied, {{{2, 5}}});
  CHECK(paths(summary) == std::vector<std::string>{"/", "/embed"});
  CHECK(row(summary, "/embed").uses == 2);
  CHECK(row(summary, "/embed").params == 50 * 8);
  CHECK(row(summary, "/embed").output == std::vector<TensorSpec>{{{2, 5, 50}, float32}});
  // The product; taking rows is no arithmetic, but counts as one operation for each element.
  CHECK(row(summary, "/embed").multiply_adds >= 2 * 5 * 50 * 8);
  CHECK(row(summary, "/embed").multiply_adds < 2 * 5 * 50 * 8 + 50 * 8);
}

TEST_CASE("the layers of a Sequential have rows, its functions none") {
  const nn::Sequential layers{nn::Dense{.features = 4}, nn::relu,
                              nn::Dense{.features = 2}.named("head")};
  const nn::Summary summary = nn::summary(layers, {{{7, 3}}});
  CHECK(paths(summary) == std::vector<std::string>{"/", "/Dense_0", "/head"});
  CHECK(row(summary, "/Dense_0").params == 3 * 4 + 4);
  CHECK(row(summary, "/head").params == 4 * 2 + 2);
  CHECK(row(summary, "/").multiply_adds == 7 * 4 / 2.);
}

TEST_CASE("a model that loops over a module, or computes it again on the way back, is summarised") {
  const auto recurrent = [](const Tensor& x) {
    const auto dense = nn::Dense{.features = 4, .bias = false}.shared("cell");
    const Tensor first = dense(mean(x, {0}));
    const auto step = [&](const Tensor& h, const Tensor& now) {
      const Tensor next = dense(h) + now;
      return std::pair(next, next);
    };
    return scan(step, first, x).first;
  };
  const nn::Summary loop = nn::summary(Body{.body = recurrent}, {{{7, 3, 4}}});
  CHECK(paths(loop) == std::vector<std::string>{"/", "/cell"});
  CHECK(loop.total.params == 16);
  CHECK(row(loop, "/cell").multiply_adds == 3 * 4 * 4);
  CHECK(row(loop, "/").multiply_adds >= 7 * (3 * 4 * 4 + 3 * 4 / 2));
  CHECK(row(loop, "/").kept_bytes > 0);
  const auto block = [](const Tensor& x) {
    const auto dense = nn::Dense{.features = 4}.shared("block");
    const auto run = [&](const Tensor& h) { return tanh(dense(tanh(dense(h)))); };
    return mean(checkpoint(run)(dense(x)));
  };
  const nn::Summary again = nn::summary(Body{.body = block}, {{{7, 4}}});
  CHECK(row(again, "/block").uses == 3);
  CHECK(again.total.params == 20);
}

TEST_CASE("memory by hand: what is alive while a layer runs, and what derivatives keep") {
  const nn::Summary summary = nn::summary(Perceptron{.features = {3, 5, 2}}, {{{4, 2}}});
  const double fixed = 4. * (4 * 2 + 2 * 3 + 3 * 5 + 5 * 2);  // the input and the kernels
  CHECK(row(summary, "/Dense_0").forward_bytes == fixed + 4. * (4 * 3));
  CHECK(row(summary, "/Dense_1").forward_bytes == fixed + 4. * (4 * 3 + 4 * 5));
  CHECK(row(summary, "/Dense_2").forward_bytes == fixed + 4. * (4 * 5 + 4 * 2));
  // The arena is taken in whole cache lines: 48 bytes for the first result are 64, 80 are 128. What
  // is returned, the third, lies outside.
  CHECK(summary.total.forward_bytes == fixed + (64 + 4. * (4 * 5)) + 4. * (4 * 2));
  // A kernel's gradient needs the layer's input: the results of the layers before.
  CHECK(row(summary, "/Dense_0").kept_bytes == 4. * (4 * 3));
  CHECK(row(summary, "/Dense_1").kept_bytes == 4. * (4 * 5));
  CHECK(row(summary, "/Dense_2").kept_bytes == 0);
  CHECK(summary.total.training_bytes >=
        fixed + summary.total.kept_bytes + 4. * (2 * 3 + 3 * 5 + 5 * 2) - 4. * (4 * 5));
}

TEST_CASE("what a summary says that a run takes is what the executor takes") {
  const Perceptron model{.features = {8, 8, 4}};
  const TensorSpec spec{{1 << 17, 4}, float32};
  const nn::Summary summary = nn::summary(model, {spec});
  const auto before =
      static_cast<double>(Buffer::bytes_in_use());  // of other tests, the last arena
  REQUIRE(before < 0.01 * summary.total.forward_bytes);
  const Tree params = model.init_by_shape(random::key(0), {spec}).params;
  const Tensor x = ones(spec.shape);
  evaluate(params, x);
  const auto run = [&](const Tree& p, const Tensor& input) { return model.call(p, input); };
  // Of a loss whose derivative is not known beforehand.
  const auto train = [&](const Tree& p, const Tensor& input, const Tensor& weight) {
    return value_and_grad([&](const Tree& own) { return sum(run(own, input)) * weight; })(p);
  };
  {
    const Tensor y = jit(run)(params, x);
    CHECK(static_cast<double>(Buffer::bytes_in_use()) ==
          Approx(summary.total.forward_bytes).margin(before));
  }
  const auto result = jit(train)(params, x, Tensor(2.f));
  CHECK(static_cast<double>(Buffer::bytes_in_use()) ==
        Approx(summary.total.training_bytes).margin(before));
}

TEST_CASE("the layer that does not fit is named, and nothing of it is computed") {
  // The second kernel alone is 16 GiB.
  const Perceptron wide{.features = {1 << 16, 1 << 16, 4}};
  const auto summary = [&](double limit) {
    return nn::summary(wide, {{{1 << 14, 16}}}, {.memory_limit = limit});
  };
  const double params = 4. * ((16 + 4) * 0x1p16 + 0x1p32);
  CHECK(summary(1e12).forward_overrun == std::nullopt);
  CHECK(summary(1e12).training_overrun == std::nullopt);
  const double first = params + 4. * 0x1p14 * (16 + 0x1p16);  // the input, the first result
  const nn::Summary tight = summary(first + 1e9);
  REQUIRE(tight.forward_overrun);
  CHECK(tight.forward_overrun->path == "/Dense_1");
  CHECK_FALSE(tight.forward_overrun->is_backward);
  CHECK(tight.forward_overrun->bytes == first + 4. * 0x1p30);
  // On the way back the cotangent of what the second layer made comes beside it.
  const nn::Summary forward_only = summary(tight.total.forward_bytes + 1e9);
  CHECK_FALSE(forward_only.forward_overrun);
  REQUIRE(forward_only.training_overrun);
  CHECK(forward_only.training_overrun->path == "/Dense_2");
  CHECK(forward_only.training_overrun->is_backward);
  CHECK(missing_words(fmt::format("{}", forward_only),
                      {"a forward pass fits into", "training does not fit into",
                       "/Dense_2 (backward) needs"}) == "");
}

TEST_CASE("modules deeper than the depth are counted in the one around them") {
  const nn::Summary all = nn::summary(Net{}, {{{2, 8, 8, 1}}});
  const nn::Summary shallow = nn::summary(Net{}, {{{2, 8, 8, 1}}}, {.depth = 1});
  CHECK(paths(shallow) == std::vector<std::string>{"/", "/first", "/second", "/Dense_0"});
  CHECK(row(shallow, "/second").params == 584 + 16);
  CHECK(row(shallow, "/second").state == 16);
  CHECK(row(shallow, "/second").output == row(all, "/second").output);
  CHECK(shallow.total == all.total);
}

TEST_CASE("a model that is trained with dropout, and has several inputs, is summarised") {
  struct Two : nn::Module<Two> {
    Tensor apply(const Tensor& a, const Tensor& b) const {
      return nn::dropout(nn::Dense{.features = 3}(a), 0.5) + b;
    }
  };
  const nn::Summary summary = nn::summary(Two{}, {{{4, 2}}, {{4, 3}}});
  CHECK(summary.total.params == 9);
  CHECK(row(summary, "/").kept_bytes > 0);  // the mask
  CHECK(fails<InvalidArgument>(
            [] {
              nn::summary(Two{}, {{{4, 2}}});
            },
            {"summary", "Two", "1 tensors"}) == "");
}

TEST_CASE("what has no derivative is summarised without training") {
  const Body classes{
      .body = [](const Tensor& x) { return argmax(nn::Dense{.features = 3}(x), -1); }};
  CHECK(fails<NotSupported>(
            [&] {
              nn::summary(classes, {{{4, 2}}});
            },
            {".training = false"}) == "");
  const nn::Summary summary = nn::summary(classes, {{{4, 2}}}, {.training = false});
  CHECK(summary.total.params == 9);
  CHECK(summary.total.training_bytes == 0);
  CHECK(fmt::format("{}", summary).find("kept") == std::string::npos);
}

TEST_CASE("the table is aligned, and ends with the totals") {
  const std::string text =
      fmt::format("{}", nn::summary(Perceptron{.features = {3, 1000}}, {{{4, 2}}}));
  CHECK(text ==
        "module    output    params  state  mult-adds  forward  kept  training\n"
        "/         [4,1000]       0      0          0      0 B   4 B   28.1 kB\n"
        "/Dense_0  [4,3]          6      0         24  12.1 kB  48 B   28.2 kB\n"
        "/Dense_1  [4,1000]   3,000      0     12.0 k  28.1 kB   0 B   40.1 kB\n"
        "total                3,006      0     12.0 k  28.1 kB  52 B   40.2 kB\n"
        "inputs [4,2]; parameters 12.0 kB\n");
}

TEST_CASE("a depth of less than 1 is refused") {
  CHECK(fails<InvalidArgument>(
            [] {
              nn::summary(Perceptron{.features = {1}}, {{{1, 1}}}, {.depth = 0});
            },
            {"depth 0"}) == "");
}

}  // namespace linseed::test
