// Random bits: Threefry-2x32-20 over a vector of counts.
#include <linseed/framework/kernels/random.h>

#include <algorithm>

#include <Random123/threefry.h>

namespace linseed::kernels {

void threefry(const KernelCall& call) {
  constexpr std::int64_t kPairs = 1024;  // an item of work
  constexpr double kCostPerPair = 10;
  const std::uint32_t* key_words = call.inputs[0].as<std::uint32_t>();
  const std::uint32_t* counts = call.inputs[1].as<std::uint32_t>();
  std::uint32_t* out = call.outputs[0].as<std::uint32_t>();
  const std::int64_t size = call.outputs[0].size();
  const std::int64_t half = size - size / 2;
  const r123::Threefry2x32::key_type key{{key_words[0], key_words[1]}};

  const auto hash_pair = [=](std::int64_t i) {
    const bool is_whole = half + i < size;  // only the last pair of an odd number is not
    const r123::Threefry2x32::ctr_type pair{{counts[i], is_whole ? counts[half + i] : 0}};
    const r123::Threefry2x32::ctr_type hash = r123::Threefry2x32_R<20>{}(pair, key);
    out[i] = hash[0];
    if (is_whole) out[half + i] = hash[1];
  };
  const std::int64_t items = (half + kPairs - 1) / kPairs;
  const double cost = kCostPerPair * static_cast<double>(std::min(half, kPairs));
  call.parallel_for(items, cost, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t last = std::min(end * kPairs, half);
    for (std::int64_t i = begin * kPairs; i < last; ++i) hash_pair(i);
  });
}

}  // namespace linseed::kernels
