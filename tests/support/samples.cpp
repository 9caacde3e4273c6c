#include <linseed/tests/support/samples.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/samples_internal.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;
using Table = SampleTable;
using Binary = Tensor (*)(const Operand&, const Operand&);

/// A function of two numbers, on equal and on broadcast shapes.
std::vector<Sample> binary(Binary f, double low, double high,
                           Differences differences = Differences::apply) {
  const auto build = [f](const Inputs& x) { return f(x[0], x[1]); };
  std::vector<Sample> samples;
  const std::pair<Shape, Shape> shapes[] = {
      {{4}, {4}}, {{2, 3}, {3}}, {{}, {3}}, {{2, 1}, {1, 3}}, {{3, 1, 2}, {2, 2}}};
  for (const auto& [a, b] : shapes) {
    samples.push_back({to_string(a) + " with " + to_string(b),
                       build,
                       {spread_values(a, low, high, 1), spread_values(b, low, high, 2)},
                       differences});
  }
  samples.front().empty_inputs = {nothing({2, 0}), spread_values({1}, low, high)};
  return samples;
}

void add_elementwise(Table& table) {
  table["negative"] = unary(negative, -2, 2);
  table["abs"] = unary(abs, 0.2, 2);
  table["abs"].push_back({"negative numbers",
                          [](const Inputs& x) { return abs(x[0]); },
                          {spread_values({4}, -2, -0.2)}});
  table["sign"] = unary(sign, 0.2, 2);
  table["exp"] = unary(exp, -2, 2);
  table["log"] = unary(log, 0.5, 3);
  table["sqrt"] = unary(sqrt, 0.5, 3);
  table["rsqrt"] = unary(rsqrt, 0.5, 3);
  table["tanh"] = unary(tanh, -2, 2);
  table["sin"] = unary(sin, -2, 2);
  table["cos"] = unary(cos, -2, 2);
  table["erf_inv"] = unary(erf_inv, -0.8, 0.8);
  table["add"] = binary(add, -2, 2);
  table["subtract"] = binary(subtract, -2, 2);
  table["multiply"] = binary(multiply, -2, 2);
  table["divide"] = binary(divide, 0.5, 2);
  table["floor_divide"] = binary(floor_divide, 0.5, 2);
  table["maximum"] = binary(maximum, -2, 2);
  table["minimum"] = binary(minimum, -2, 2);
  table["pow"] = binary(pow, 0.5, 2);
  table["pow"].push_back({"a negative base with a whole exponent",
                          [](const Inputs& x) { return pow(x[0], 3.0); },
                          {spread_values({4}, -2, -0.5)}});
  table["equal"] = binary(equal, -2, 2, Differences::no_floating_way);
  table["less"] = binary(less, -2, 2, Differences::no_floating_way);
  table["less_equal"] = binary(less_equal, -2, 2, Differences::no_floating_way);

  const auto choose = [](const Inputs& x) {
    return where(Tensor::from({true, false, true}, {3}), x[0], x[1]);
  };
  table["where"] = {
      {"equal shapes", choose, {spread_values({3}, -2, 2), spread_values({3}, -2, 2, 2)}},
      {"broadcast",
       choose,
       {spread_values({2, 1}, -2, 2), spread_values({}, -2, 2, 2)},
       Differences::apply,
       {nothing({0, 3}), spread_values({3}, 0, 1)}}};
  table["cast"] = {{"float64 to float32",
                    [](const Inputs& x) { return astype(x[0], float32); },
                    {Tensor::from({0.5, 1.0, -2.0}, {3})},
                    Differences::no_floating_way,  // float32 is too coarse for differences
                    {nothing({0})}},
                   {"to int32 and back",
                    [](const Inputs& x) { return astype(astype(x[0], int32), float64); },
                    {spread_values({3}, 1.2, 1.8)}}};
  table["identity"] = unary(identity, -2, 2);
  table["stop_gradient"] = unary(stop_gradient, -2, 2);
  for (Sample& sample : table["stop_gradient"]) sample.differences = Differences::none_by_meaning;
}

/// Reductions and moments over several axes.
void add_reductions(Table& table) {
  const auto reductions = [](auto f) {
    std::vector<Sample> samples;
    const std::pair<Axes, std::string> cases[] = {
        {{}, "all"}, {0, "0"}, {-1, "-1"}, {{0, 2}, "0, 2"}};
    for (const auto& [axes, about] : cases) {
      samples.push_back({"axes " + about,
                         [f, axes = axes](const Inputs& x) { return f(x[0], axes); },
                         {spread_values({2, 3, 2}, -2, 2)}});
    }
    return samples;
  };
  const auto summed = [](const Tensor& x, const Axes& axes) { return sum(x, axes); };
  table["sum"] = reductions(summed);
  table["sum"].front().empty_inputs = {nothing({2, 0, 3})};
  table["max"] =
      reductions([](const Tensor& x, const Axes& axes) { return max(x, axes, keepdims); });
  table["min"] = reductions([](const Tensor& x, const Axes& axes) { return min(x, axes); });
  table["argmax"] = {{"axis 1",
                      [](const Inputs& x) { return argmax(x[0], 1); },
                      {spread_values({2, 3}, -2, 2)},
                      Differences::no_floating_way,
                      {nothing({0, 3})}}};

  const auto mean_and_m2 = [](const Tensor& x, const Axes& axes, const Tensor& mask) {
    const auto [count, mean, m2] = moments(x, axes, mask);
    return mean * 2.0 + m2 * mean + count;
  };
  const Tensor mask = Tensor::from({true, false, true}, {3});
  table["moments"] =
      reductions([=](const Tensor& x, const Axes& axes) { return mean_and_m2(x, axes, {}); });
  table["moments"].push_back({"masked",
                              [=](const Inputs& x) {
                                return mean_and_m2(x[0], {0, 1}, mask);
                              },
                              {spread_values({3, 2, 2}, -2, 2)}});
  table["moments"].front().empty_inputs = {nothing({0, 3})};
}

void add_movement(Table& table) {
  table["reshape"] = {{"a flat view",
                       [](const Inputs& x) { return reshape(x[0], {-1}); },
                       {spread_values({2, 3}, -2, 2)},
                       Differences::apply,
                       {nothing({0, 3})}}};
  table["broadcast_to"] = {{"inner and outer",
                            [](const Inputs& x) {
                              return broadcast_to(x[0], {2, 2, 3});
                            },
                            {spread_values({2, 1}, -2, 2)}},
                           {"a scalar",
                            [](const Inputs& x) {
                              return broadcast_to(x[0], {0, 2});
                            },
                            {spread_values({}, -2, 2)}}};
  table["transpose"] = {{"three dimensions turned",
                         [](const Inputs& x) {
                           return transpose(x[0], {1, 2, 0});
                         },
                         {spread_values({2, 3, 2}, -2, 2)},
                         Differences::apply,
                         {nothing({2, 0, 3})}},
                        {"reversed",
                         [](const Inputs& x) { return transpose(x[0]); },
                         {spread_values({2, 3}, -2, 2)}}};
  table["slice"] = {{"with strides",
                     [](const Inputs& x) {
                       return slice(x[0], {1, 0}, {5, 3}, {3, 2});
                     },
                     {spread_values({6, 3}, -2, 2)},
                     Differences::apply,
                     {nothing({4, 0})}},
                    {"nothing",
                     [](const Inputs& x) { return slice(x[0], {2}, {2}); },
                     {spread_values({3}, -2, 2)}}};
  table["pad"] = {{"around and between",
                   [](const Inputs& x) {
                     return pad(x[0], {1, 0}, {2, 1}, {0, 2});
                   },
                   {spread_values({2, 3}, -2, 2)},
                   Differences::apply,
                   {nothing({0, 2})}}};
  table["concatenate"] = {{"axis 1",
                           [](const Inputs& x) {
                             return concatenate({x[0], x[1], x[0]}, 1);
                           },
                           {spread_values({2, 2}, -2, 2), spread_values({2, 1}, -2, 2, 2)},
                           Differences::apply,
                           {nothing({2, 0}), spread_values({2, 1}, -2, 2)}}};
  const Tensor indices = Tensor::from({2, -1, 0, 2, 7}, {5});
  table["take"] = {{"axis 0",
                    [=](const Inputs& x) { return take(x[0], indices, 0); },
                    {spread_values({3, 2}, -2, 2)},
                    Differences::apply,
                    {nothing({3, 0})}},
                   {"axis -1, a matrix of indices",
                    [=](const Inputs& x) {
                      return take(x[0], Tensor::from({1, 0, 1, 1}, {2, 2}), -1);
                    },
                    {spread_values({2, 3}, -2, 2)}}};
  table["take_adjoint"] = {{"axis 1",
                            [=](const Inputs& x) { return take_adjoint(x[0], indices, 1, 3); },
                            {spread_values({2, 5}, -2, 2)},
                            Differences::apply,
                            {nothing({0, 5})}}};
}

void add_creation(Table& table) {
  table["fill"] = {{"beside a sum",
                    [](const Inputs& x) {
                      return x[0] + full({2, 3}, 2.5);
                    },
                    {spread_values({3}, -2, 2)}}};
  table["iota"] = {{"beside a product",
                    [](const Inputs& x) { return x[0] * arange(3, float64); },
                    {spread_values({2, 1}, -2, 2)}}};
  table["threefry"] = {{"bits",
                        [](const Inputs& x) { return random::bits(random::key(1), x[0].shape()); },
                        {spread_values({3}, -2, 2)},
                        Differences::no_floating_way,
                        {nothing({0})}}};
}

void add_matmul(Table& table) {
  const auto product = [](const Inputs& x) { return matmul(x[0], x[1]); };
  const std::pair<Shape, Shape> shapes[] = {
      {{2, 3}, {3, 2}}, {{2, 2, 3}, {3, 2}}, {{3}, {3, 2}}, {{2, 1, 2, 3}, {3, 3, 1}}, {{3}, {3}}};
  for (const auto& [a, b] : shapes) {
    table["matmul"].push_back({to_string(a) + " by " + to_string(b),
                               product,
                               {spread_values(a, -2, 2), spread_values(b, -2, 2, 2)}});
  }
  table["matmul"].front().empty_inputs = {nothing({2, 0}), nothing({0, 3})};
}

Table make_table() {
  Table table;
  add_elementwise(table);
  add_reductions(table);
  add_movement(table);
  add_creation(table);
  add_matmul(table);
  add_special_samples(table);
  add_line_samples(table);
  add_window_samples(table);
  add_program_samples(table);
  add_replica_samples(table);
  return table;
}

}  // namespace

std::vector<Sample> unary(Unary f, double low, double high) {
  const auto build = [f](const Inputs& x) { return f(x[0]); };
  std::vector<Sample> samples;
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}}) {
    samples.push_back({to_string(shape), build, {spread_values(shape, low, high)}});
  }
  samples.front().empty_inputs = {nothing({0, 3})};
  return samples;
}

std::vector<Sample> samples_of(std::string_view name) {
  static const Table table = make_table();
  const auto found = table.find(name);
  return found == table.end() ? std::vector<Sample>{} : found->second;
}

Tensor spread_values(const Shape& shape, double low, double high, unsigned seed) {
  const std::int64_t size = shape.size();
  std::vector<double> values(static_cast<std::size_t>(size));
  // A stride coprime to 101 visits distinct hundredths; the seed moves and turns the sequence.
  const std::int64_t stride = 37 + 2 * static_cast<std::int64_t>(seed);
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t place = (stride * (i + 1) + 13 * static_cast<std::int64_t>(seed)) % 101;
    values[static_cast<std::size_t>(i)] =
        low + (high - low) * (static_cast<double>(place) + 0.3 * static_cast<double>(seed)) / 102;
  }
  return Tensor::from(values, shape);
}

}  // namespace linseed::test
