// A matrix product joined with the fused step that reads it.
#include <fmt/format.h>

#include <linseed/framework/kernels/fused_matmul.h>
#include <linseed/framework/plan/fuse_given.h>
#include <linseed/framework/plan/fused_primitive.h>

namespace linseed {
namespace {

using kernels::FusedMatmulAttributes;
using kernels::MatmulAttributes;
using Step = Program::Step;

/// "transpose_a, depth 32, input 2; multiply add subtract".
std::string text(const FusedMatmulAttributes& a) {
  return fmt::format("{}depth {}, input {}; {}", a.matmul.transpose_a ? "transpose_a, " : "",
                     a.depth, a.product, fusion_text(a.fusion));
}

std::size_t operations(const FusedMatmulAttributes& a) {
  return a.fusion.operations.size() + 2 * static_cast<std::size_t>(a.depth);
}

const Primitive kFusedMatmul = fused_primitive<FusedMatmulAttributes, text, operations>(
    "fused_matmul", kernels::fused_matmul, /*in_place=*/true);

bool can_join(const Program& program, const Step& product) {
  return product.primitive->kernel == kernels::matmul &&
         kernels::can_multiply_fused(program.spec(product.outputs[0]),
                                     program.spec(product.inputs[1]),
                                     product.attributes.as<MatmulAttributes>());
}

}  // namespace

Program fuse_products(Program program) {
  const auto depth_of = [shapes = program.values](const Step& product) {
    return shapes[static_cast<std::size_t>(product.inputs[1])].shape[0];
  };
  const auto joined = [&](const Step& product, const kernels::Fusion& fusion, int which) -> Joined {
    return {&kFusedMatmul, FusedMatmulAttributes(fusion, product.attributes.as<MatmulAttributes>(),
                                                 depth_of(product), which)};
  };
  return fuse_given(std::move(program), can_join, joined);
}

}  // namespace linseed
