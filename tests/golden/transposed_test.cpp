// The layer ConvTranspose and its derivatives, as JAX computes them.
#include <linseed/modules/conv_transpose.h>

#include <linseed/tests/golden/convolution_check.h>

namespace linseed::test {

TEST_CASE("transposed convolution and its derivatives equal JAX's") {
  const auto cases = golden_cases("transposed.h5");
  CHECK(cases.size() == 54);
  for (const GoldenCase& golden : cases) {
    check_convolution(golden, [](const GoldenCase& one, DType dtype) {
      const nn::ConvTranspose layer{.features = static_cast<int>(one["y"].dim(-1)),
                                    .kernel_size = one.shape("size"),
                                    .strides = one.shape("strides"),
                                    .padding = one.padding("padding"),
                                    .kernel_dilation = one.shape("kernel_dilation"),
                                    .bias = false,
                                    .dtype = dtype};
      return [layer](const Tensor& x, const Tensor& kernel) {
        return layer.call({{"kernel", kernel}}, x);
      };
    });
  }
}

}  // namespace linseed::test
