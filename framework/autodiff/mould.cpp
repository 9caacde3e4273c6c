#include <linseed/framework/autodiff/mould.h>

namespace linseed::detail {

void check_fixed_parts(std::string_view who, const FixedParts& wanted, const FixedParts& given) {
  const std::string* path = first_difference(wanted, given);
  if (path == nullptr) return;
  // scan([](auto c, auto x) { return pair(pair(c.first + x, c.second + 1), x); }, pair(x, 1), xs)
  throw InvalidArgument(
      "{}: '{}' is no tensor, so it is traced once, yet results differ in it; make it a 0-d tensor",
      who, *path);
}

}  // namespace linseed::detail
