#include <linseed/framework/autodiff/carry_internal.h>

namespace linseed {

void check_defined(const std::vector<Tensor>& tensors, std::string_view who) {
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined())
      throw InvalidArgument("{}: a Tensor is undefined: it was never assigned", who);
  }
}

void check_carry(std::string_view who, const std::vector<Tensor>& before,
                 const std::vector<Tensor>& after, const std::vector<std::string>& names) {
  check_defined(after, who);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].spec() == after[i].spec()) continue;
    const bool is_named = i < names.size() && !names[i].empty();
    throw InvalidArgument(
        "{}: the carry{}{} enters a run as {} and leaves it as {}; each run must return what the "
        "next one takes (astype, reshape)",
        who, is_named ? " " : "", is_named ? names[i] : "", before[i].spec(), after[i].spec());
  }
}

}  // namespace linseed
