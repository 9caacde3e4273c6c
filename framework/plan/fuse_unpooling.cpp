// max_unpool joined with the fused step that reads what it makes.
#include <fmt/ranges.h>

#include <linseed/framework/kernels/fused_pooling.h>
#include <linseed/framework/kernels/fused_unpooling.h>
#include <linseed/framework/plan/fuse_given.h>
#include <linseed/framework/plan/fused_primitive.h>

namespace linseed {
namespace {

using kernels::FusedUnpoolingAttributes;
using kernels::PoolingAttributes;
using Step = Program::Step;

/// "window [1,2,2], input 2; subtract multiply".
std::string text(const FusedUnpoolingAttributes& a) {
  return fmt::format("window [{}], input {}; {}", fmt::join(a.pooling.window_size, ","), a.unpooled,
                     fusion_text(a.fusion));
}

std::size_t operations(const FusedUnpoolingAttributes& a) { return a.fusion.operations.size() + 1; }

const Primitive kFusedMaxUnpool = fused_primitive<FusedUnpoolingAttributes, text, operations>(
    "fused_max_unpool", kernels::fused_max_unpool, /*in_place=*/true);

bool can_join(const Program& program, const Step& unpool) {
  return unpool.primitive->kernel == kernels::max_unpool &&
         kernels::can_pool_fused(program.spec(unpool.outputs[0]).shape,
                                 unpool.attributes.as<PoolingAttributes>());
}

Joined joined(const Step& unpool, const kernels::Fusion& fusion, int unpooled) {
  return {&kFusedMaxUnpool,
          FusedUnpoolingAttributes(fusion, unpool.attributes.as<PoolingAttributes>(), unpooled)};
}

}  // namespace

Program fuse_unpooling(Program program) { return fuse_given(std::move(program), can_join, joined); }

}  // namespace linseed
