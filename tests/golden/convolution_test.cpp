// Convolution, plain and transposed, and its derivatives, as PyTorch computes them.
#include <linseed/framework/ops/convolution.h>

#include <linseed/tests/golden/convolution_check.h>

namespace linseed::test {

TEST_CASE("convolution and its derivatives equal PyTorch's") {
  const auto cases = golden_cases("convolution.h5");
  CHECK(cases.size() == 112);
  for (const GoldenCase& golden : cases) {
    check_convolution(golden, [](const GoldenCase& one, DType) {
      const ConvolutionOptions options{.strides = one.shape("strides"),
                                       .padding = one.padding("padding"),
                                       .input_dilation = one.shape("input_dilation"),
                                       .kernel_dilation = one.shape("kernel_dilation"),
                                       .groups = one.integer("groups")};
      return [options](const Tensor& x, const Tensor& kernel) {
        return convolution(x, kernel, options);
      };
    });
  }
}

}  // namespace linseed::test
