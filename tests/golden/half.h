// Written by make_half.py: random numbers of half precision as JAX computes them.
#pragma once

#include <cstdint>

// clang-format off
namespace linseed::golden {

inline constexpr double kUniformBfloat16[] = {
    0.171875, 0.6953125, 0.8359375, 0.0078125, 0.953125, 0.5078125, 0.8125,};
inline constexpr double kUniformRangeBfloat16[] = {
    -1.625, 2.5625, 3.6875, -2.9375, 4.625, 1.0625,};
inline constexpr double kNormalBfloat16[] = {
    1.3828125, -1.140625, 2.015625, 0.1826171875, -0.171875, 1.890625, 0.34375, -1.3046875,
    -1.4609375,};
inline constexpr double kTruncatedNormalBfloat16[] = {
    -0.9375, 0.0, 0.2265625, -1.46875, 0.412109375, -0.298828125, 0.1865234375, -0.034423828125,};
inline constexpr double kUniformFloat16[] = {
    0.1279296875, 0.5732421875, 0.5966796875, 0.8564453125, 0.84765625, 0.05859375, 0.5361328125,};
inline constexpr double kUniformRangeFloat16[] = {
    -1.9765625, 1.5859375, 4.7578125, -2.203125, 3.78125, -2.53125,};
inline constexpr double kNormalFloat16[] = {
    -0.2239990234375, 0.6123046875, -0.033660888671875, 1.123046875, 0.7158203125, -0.85400390625,
    0.407958984375, -0.8125, 0.270751953125,};
inline constexpr double kTruncatedNormalFloat16[] = {
    -1.0498046875, -0.1895751953125, -0.15234375, 0.25732421875, 0.2435302734375, -1.26171875,
    -0.2490234375, -1.2529296875,};

}  // namespace linseed::golden
// clang-format on
