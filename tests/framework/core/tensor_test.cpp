// Making tensors, reading them, and what goes wrong; errors.
#include <linseed/framework/core/tensor.h>

#include <array>
#include <cstdint>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>

namespace linseed {

TEST_CASE("a tensor copies the values it is made from") {
  std::vector<float> source{1, 2, 3, 4};
  const Tensor x = Tensor::from(source, {2, 2});
  source[0] = 9;
  CHECK(x.data<float>()[0] == 1);
  CHECK(x.shape() == Shape{2, 2});
  CHECK(x.dtype() == float32);
  CHECK(x.dim(-1) == 2);
  CHECK(x.ndim() == 2);
  CHECK(x.size() == 4);
  CHECK(x.is_evaluated());
  CHECK(reinterpret_cast<std::uintptr_t>(x.raw_data()) % 64 == 0);
}

TEST_CASE("a tensor takes its type from the C++ type") {
  CHECK(Tensor(1.5F).dtype() == float32);
  CHECK(Tensor(1.5).dtype() == float64);
  CHECK(Tensor(3).dtype() == int32);
  CHECK(Tensor(std::int64_t{3}).dtype() == int64);
  CHECK(Tensor(3UL).dtype() == int64);
  CHECK(Tensor(true).dtype() == bool_);
  CHECK(Tensor(std::uint32_t{3}).dtype() == uint32);
  CHECK(Tensor(3).ndim() == 0);
  CHECK(Tensor::from({true, false}, {2}).dtype() == bool_);
  CHECK(Tensor::from({std::uint8_t{1}}, {1}).dtype() == uint8);
  const std::array<double, 2> numbers{1, 2};
  CHECK(Tensor::from(std::span<const double>(numbers), {2}).dtype() == float64);
}

TEST_CASE("the number of values must fill the shape") {
  CHECK_THROWS_WITH(Tensor::from({1.F, 2.F, 3.F}, {2, 2}), Catch::Contains("3 values") &&
                                                               Catch::Contains("[2,2]") &&
                                                               Catch::Contains("4"));
  CHECK(Tensor::from(std::vector<float>{}, {0, 5}).size() == 0);
}

TEST_CASE("a size is not negative, and a tensor not larger than any memory") {
  CHECK_THROWS_WITH(Tensor::from({1.F, 2.F, 3.F, 4.F}, {-2, -2}), Catch::Contains("[-2,-2]"));
  CHECK_THROWS_WITH(broadcast_to(Tensor(1.F), {-1}), Catch::Contains("negative"));
  CHECK_THROWS_WITH(zeros({-1}), Catch::Contains("negative"));
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;
  CHECK_THROWS_WITH(zeros({kHuge, kHuge}), Catch::Contains("too large"));  // 2^64 wraps to 0
  CHECK_THROWS_WITH(zeros({std::int64_t{1} << 62}), Catch::Contains("too large"));
  CHECK_THROWS_WITH(zeros({kHuge, 1}) + zeros({1, kHuge}), Catch::Contains("too large"));
  CHECK(zeros({0, kHuge}).size() == 0);
}

TEST_CASE("an element is read in any type, a whole tensor only in its own") {
  const Tensor x = Tensor::from({2.75F}, {1, 1});
  CHECK(x.item<double>() == 2.75);
  CHECK(x.item<int>() == 2);
  CHECK(Tensor(true).item<float>() == 1);
  CHECK_THROWS_WITH(x.data<double>(), Catch::Contains("float64") && Catch::Contains("float32") &&
                                          Catch::Contains("astype"));
  CHECK_THROWS_WITH(zeros({2}).item<float>(), Catch::Contains("item") && Catch::Contains("2"));
  CHECK_THROWS_AS(zeros({0}).item<float>(), InvalidArgument);
}

TEST_CASE("an undefined tensor says so") {
  const Tensor nothing;
  CHECK_FALSE(nothing.defined());
  CHECK_FALSE(nothing.is_evaluated());
  CHECK_FALSE(nothing.is_traced());
  CHECK_THROWS_WITH(nothing.shape(), Catch::Contains("undefined"));
  CHECK_THROWS_AS(nothing.raw_data(), InvalidArgument);
  CHECK_THROWS_AS(nothing.item<float>(), InvalidArgument);
}

TEST_CASE("a dimension out of range is an error") {
  CHECK_THROWS_WITH(zeros({2, 3}).dim(2), Catch::Contains("axis 2") && Catch::Contains("2 dim"));
}

TEST_CASE("a scalar is a number or a tensor without dimensions") {
  CHECK(Scalar(2).number() == 2);
  CHECK_FALSE(Scalar(2).is_tensor());
  CHECK(Scalar(Tensor(2.F)).is_tensor());
  CHECK_THROWS_WITH(Scalar(zeros({1})), Catch::Contains("[1] float32"));
  CHECK_THROWS_AS(Scalar(Tensor()), InvalidArgument);
}

TEST_CASE("every error is an Error, and takes a module path once") {
  const auto message = [](auto error) {
    error.add_module_path("/net/Dense_0");
    error.add_module_path("/net");
    const Error& base = error;
    return std::string(base.what());
  };
  CHECK(message(InvalidArgument("{} is wrong", 1)) == "1 is wrong; in /net/Dense_0");
  CHECK(message(NotSupported("no")) == "no; in /net/Dense_0");
  CHECK(message(InternalError("no")) == "no; in /net/Dense_0");
  CHECK(message(IoError("no")) == "no; in /net/Dense_0");
  CHECK(message(DataCorruption("no")) == "no; in /net/Dense_0");
  const ModuleError error(ModuleRule::E12, "parameter '{}'", "kernel");
  CHECK(std::string(error.what()) == "E12: parameter 'kernel'");
  CHECK(error.rule() == ModuleRule::E12);
}

TEST_CASE("an error thrown by an operation can be given its path on the way") {
  try {
    try {
      zeros({2}) + zeros({3});
    } catch (Error& error) {
      error.add_module_path("/a/b");
      throw;
    }
  } catch (const InvalidArgument& error) {
    CHECK_THAT(error.what(), Catch::EndsWith("; in /a/b"));
  }
}

}  // namespace linseed
