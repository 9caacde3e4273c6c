// Golden HDF5 files: what the scripts in tests/golden write by means of golden_file.py.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/window.h>

namespace linseed::test {

/// A case of a file: its options, and what came out. What is asked for and is not there, or is of
/// another kind, is a std::runtime_error.
struct GoldenCase {
  using Option = std::variant<std::vector<std::int64_t>, std::vector<double>, std::string>;

  std::string name;
  std::map<std::string, Option> options;
  std::map<std::string, Tensor> results;

  bool has(const std::string& option) const { return options.contains(option); }
  std::int64_t integer(const std::string& option) const;
  double number(const std::string& option) const;
  const std::string& text(const std::string& option) const;
  /// Empty if the option is not there: linseed's way to say ones.
  Shape shape(const std::string& option) const;
  Axes axes(const std::string& option) const;
  /// A name, or pairs one after the other.
  Padding padding(const std::string& option) const;

  const Tensor& operator[](const std::string& result) const;
};

/// All cases of tests/golden/<file>, by name.
std::vector<GoldenCase> golden_cases(const std::string& file);

/// The largest |given − golden| in units of max(1, max |golden|); infinite for another shape, and
/// where only one of the two is NaN.
double golden_deviation(const Tensor& given, const Tensor& golden);

}  // namespace linseed::test
