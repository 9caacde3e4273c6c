// Writes a checkpoint and a recorded step for other programs to read: write_sample DIRECTORY
#include <cmath>

#include <linseed/framework/graph/recorded_step.h>
#include <linseed/framework/io/checkpoint.h>

using namespace linseed;

int main(int, char** arguments) {
  const Tensor mean = Tensor::from({0.5f, -1.f}, {2});
  const Tree state{
      {"optimizer",
       Tree{
           {"target",
            Tree{{"Conv_0", Tree{{"kernel", Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3})}}},
                 {"A first", Tensor(1.5)}}},
           {"step", Tensor(std::int64_t{1234567890123})}}},
      {"batch_stats", Tree{{"/Conv_0", Tree{{"mean", mean}}}}},
      {"flags", Tensor::from({true, false, true}, {3})},
      {"bytes", Tensor::from({std::uint8_t{7}, std::uint8_t{255}}, {2})},
      {"key", Tensor::from({0u, 4294967295u}, {2})},
      {"labels", Tensor::from({-1, 2}, {1, 2})},
      {"float16", Tensor::from({float16_t(65504), float16_t(-0x1p-24)}, {2})},
      {"bfloat16", Tensor::from({bfloat16_t(3e38), bfloat16_t(-1e-40), bfloat16_t(0.1)}, {3})},
      {"nothing", Tensor::from(std::initializer_list<float>{}, {0, 3})},
      {"empty", Tree()}};
  save_checkpoint(arguments[1], state, 42, {.config = "{\"features\": [32, 64]}"});
  const Tensor ratio = Tensor::from({HUGE_VALF, 1.5f}, {2});
  write_step({"divide", "", "/Head_1", "step 7 of 12", {mean, mean}, {ratio}}, arguments[1]);
}
