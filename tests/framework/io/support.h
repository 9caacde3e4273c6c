// What the tests of checkpoints share: a directory of their own, and bytes of files.
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/node.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Same shape, dtype and bits.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (!(a.spec() == b.spec())) return false;
  const std::size_t bytes = static_cast<std::size_t>(a.size()) * size_of(a.dtype());
  return bytes == 0 || std::memcmp(a.raw_data(), b.raw_data(), bytes) == 0;
}

/// Same names in the same order, and same_bits.
template <class T>
bool same_tree(const T& a, const T& b) {
  const auto left = tree::named_leaves(a);
  const auto right = tree::named_leaves(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const tree::NamedLeaf& x, const tree::NamedLeaf& y) {
                      return x.names == y.names && same_bits(x.tensor, y.tensor);
                    });
}

/// `value` with all tensors replaced by traced ones of the same shapes and dtypes.
template <class T>
T specs_of(const T& value) {
  return tree::map([](const Tensor& tensor) { return placeholder(tensor.spec(), "a test"); },
                   value);
}

/// The message of the E that `act` throws; empty if it throws none.
template <class E, class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

}  // namespace linseed::test
