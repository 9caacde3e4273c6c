#include <linseed/tests/support/golden_file.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <hdf5.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

template <class Result>
Result checked(Result result, const std::string& what) {
  if (result < 0) throw std::runtime_error("golden file: cannot read " + what);
  return result;
}

/// An open id, which closes itself.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t), const std::string& what)
      : id_(checked(id, what)), close_(close) {}
  ~Id() { close_(id_); }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

template <class T>
std::vector<T> read_numbers(hid_t attribute, std::size_t count, hid_t type) {
  std::vector<T> values(count);
  checked(H5Aread(attribute, type, values.data()), "an option");
  return values;
}

GoldenCase::Option read_option(hid_t attribute, const std::string& name) {
  const Id type(H5Aget_type(attribute), H5Tclose, name);
  const Id space(H5Aget_space(attribute), H5Sclose, name);
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return read_numbers<std::int64_t>(attribute, count, H5T_NATIVE_INT64);
    case H5T_FLOAT: return read_numbers<double>(attribute, count, H5T_NATIVE_DOUBLE);
    case H5T_STRING: {
      std::string text(H5Tget_size(type), '\0');
      checked(H5Aread(attribute, type, text.data()), name);
      return text;
    }
    default: throw std::runtime_error("golden file: option " + name + " is of no known kind");
  }
}

template <class T>
Tensor read_elements(hid_t dataset, const Shape& shape, hid_t type) {
  std::vector<T> values(static_cast<std::size_t>(shape.size()));
  checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "a dataset");
  return Tensor::from(std::span<const T>(values), shape);
}

Tensor read_tensor(hid_t dataset, const std::string& name) {
  const Id type(H5Dget_type(dataset), H5Tclose, name);
  const Id space(H5Dget_space(dataset), H5Sclose, name);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  checked(H5Sget_simple_extent_dims(space, sizes.data(), nullptr), name);
  const Shape shape(std::vector<std::int64_t>(sizes.begin(), sizes.end()));
  const auto is = [&](hid_t other) { return H5Tequal(type, other) > 0; };
  if (is(H5T_NATIVE_DOUBLE)) return read_elements<double>(dataset, shape, type);
  if (is(H5T_NATIVE_FLOAT)) return read_elements<float>(dataset, shape, type);
  if (is(H5T_NATIVE_INT32)) return read_elements<std::int32_t>(dataset, shape, type);
  if (is(H5T_NATIVE_INT64)) return read_elements<std::int64_t>(dataset, shape, type);
  if (is(H5T_NATIVE_UINT32)) return read_elements<std::uint32_t>(dataset, shape, type);
  if (is(H5T_NATIVE_UINT8)) return read_elements<std::uint8_t>(dataset, shape, type);
  throw std::runtime_error("golden file: " + name + " has elements of no known type");
}

/// The names in a group, in alphabetical order.
std::vector<std::string> names_in(hid_t group) {
  H5G_info_t info;
  checked(H5Gget_info(group, &info), "a group");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    char name[256];
    checked(H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof(name),
                               H5P_DEFAULT),
            "a name");
    names.emplace_back(name);
  }
  return names;
}

GoldenCase read_case(hid_t file, const std::string& name) {
  const Id group(H5Gopen2(file, name.c_str(), H5P_DEFAULT), H5Gclose, name);
  GoldenCase result{name, {}, {}};
  const int options = checked(H5Aget_num_attrs(group), name);
  for (unsigned i = 0; i < static_cast<unsigned>(options); ++i) {
    const Id attribute(
        H5Aopen_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose, name);
    char option[256];
    checked(H5Aget_name(attribute, sizeof(option), option), name);
    result.options.emplace(option, read_option(attribute, option));
  }
  for (const std::string& dataset_name : names_in(group)) {
    const Id dataset(H5Dopen2(group, dataset_name.c_str(), H5P_DEFAULT), H5Dclose, dataset_name);
    result.results.emplace(dataset_name, read_tensor(dataset, dataset_name));
  }
  return result;
}

template <class T>
const T& option_of(const GoldenCase& golden, const std::string& option) {
  const auto found = golden.options.find(option);
  if (found == golden.options.end() || !std::holds_alternative<T>(found->second)) {
    throw std::runtime_error(
        fmt::format("golden file: {} has no option {} of that kind", golden.name, option));
  }
  return std::get<T>(found->second);
}

using Integers = std::vector<std::int64_t>;

}  // namespace

std::int64_t GoldenCase::integer(const std::string& option) const {
  return option_of<Integers>(*this, option).at(0);
}

double GoldenCase::number(const std::string& option) const {
  return option_of<std::vector<double>>(*this, option).at(0);
}

const std::string& GoldenCase::text(const std::string& option) const {
  return option_of<std::string>(*this, option);
}

Shape GoldenCase::shape(const std::string& option) const {
  return has(option) ? Shape(option_of<Integers>(*this, option)) : Shape();
}

Axes GoldenCase::axes(const std::string& option) const {
  std::vector<int> axes;
  for (const std::int64_t axis : option_of<Integers>(*this, option)) {
    axes.push_back(static_cast<int>(axis));
  }
  return Axes(axes);
}

Padding GoldenCase::padding(const std::string& option) const {
  const auto found = options.find(option);
  if (found != options.end() && std::holds_alternative<std::string>(found->second)) {
    return std::string_view(std::get<std::string>(found->second));
  }
  const Integers& flat = option_of<Integers>(*this, option);
  Padding::Pairs pairs;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) pairs.emplace_back(flat[i], flat[i + 1]);
  return pairs;
}

const Tensor& GoldenCase::operator[](const std::string& result) const {
  const auto found = results.find(result);
  if (found == results.end()) {
    throw std::runtime_error(fmt::format("golden file: {} has no {}", name, result));
  }
  return found->second;
}

std::vector<GoldenCase> golden_cases(const std::string& file_name) {
  const std::string path = std::string(GOLDEN_DIRECTORY "/") + file_name;
  const Id file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path);
  std::vector<GoldenCase> cases;
  for (const std::string& name : names_in(file)) cases.push_back(read_case(file, name));
  return cases;
}

double golden_deviation(const Tensor& given, const Tensor& golden) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (given.shape() != golden.shape()) return kInfinity;
  const std::vector<double> own = values(given);
  const std::vector<double> wanted = values(golden);
  double scale = 1;
  double worst = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (std::isnan(own[i]) != std::isnan(wanted[i])) return kInfinity;
    if (std::isnan(own[i])) continue;
    scale = std::max(scale, std::abs(wanted[i]));
    if (own[i] != wanted[i]) worst = std::max(worst, std::abs(own[i] - wanted[i]));
  }
  return worst / scale;
}

}  // namespace linseed::test
