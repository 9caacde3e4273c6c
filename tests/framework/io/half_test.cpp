// Half precision in checkpoints.
#include <linseed/framework/io/checkpoint.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

template <class T>
Tensor all_patterns() {
  std::vector<T> values;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    values.push_back(T::from_bits(static_cast<std::uint16_t>(bits)));
  }
  return Tensor::from(values, {256, 256});
}

}  // namespace

TEST_CASE("all halves come back bit by bit, NaNs too") {
  const TemporaryDirectory directory;
  const Tree tree{{"b", all_patterns<bfloat16_t>()}, {"h", all_patterns<float16_t>()}};
  save_checkpoint(directory.path(), tree, 1);
  CHECK(same_tree(restore_checkpoint(directory.path(), specs_of(tree)).value, tree));
}

TEST_CASE("a half is not restored into another floating type") {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), Tree{{"x", Tensor(bfloat16_t(1))}}, 1);
  for (const Tensor& other : {Tensor(float16_t(1)), Tensor(1.F)}) {
    const auto restore = [&] { restore_checkpoint(directory.path(), Tree{{"x", other}}); };
    CHECK_THAT(message_of<InvalidArgument>(restore),
               Catch::Contains("another dtype in the file") &&
                   Catch::Contains(fmt::format("x: bfloat16, the target has {}", other.dtype())));
  }
}
