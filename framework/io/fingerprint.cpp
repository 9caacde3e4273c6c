#include <linseed/framework/io/fingerprint.h>

#include <memory>

#include <openssl/evp.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>

namespace linseed {

std::string fingerprint_of(const std::vector<tree::NamedLeaf>& leaves) {
  std::vector<Tensor> tensors;
  for (const tree::NamedLeaf& leaf : leaves) tensors.push_back(leaf.tensor);
  evaluate_tensors(tensors);

  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto check = [](int result) {
    if (result != 1) throw InternalError("fingerprint: SHA-256 failed");
  };
  check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  for (const tree::NamedLeaf& leaf : leaves) {
    const std::string label = fmt::format("{} {}\n", leaf.path(), leaf.tensor.spec());
    check(EVP_DigestUpdate(context.get(), label.data(), label.size()));
    const auto bytes = static_cast<std::size_t>(leaf.tensor.size()) * size_of(leaf.tensor.dtype());
    check(EVP_DigestUpdate(context.get(), leaf.tensor.raw_data(), bytes));
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  check(EVP_DigestFinal_ex(context.get(), digest, &length));
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace linseed
