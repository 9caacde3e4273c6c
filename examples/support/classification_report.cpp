#include "support/classification_report.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <linseed/framework/ops/reduce.h>

namespace example {
namespace {

using linseed::InvalidArgument;
using linseed::Tensor;

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string columns(const std::string& name, std::int64_t images, std::int64_t right) {
  return fmt::format("{:<14}{:>8}{:>8}{:>10.4f}", name, images, right, share(right, images));
}

}  // namespace

ClassificationReport::ClassificationReport(std::vector<std::string> classes)
    : classes_(std::move(classes)), counts_(classes_.size() * classes_.size()) {}

void ClassificationReport::add(const Tensor& logits, const Tensor& labels) {
  const auto classes = static_cast<std::int64_t>(classes_.size());
  if (labels.ndim() != 1 || logits.shape() != linseed::Shape{labels.dim(0), classes}) {
    throw InvalidArgument("report: expected logits [n,{}] and labels [n], got {} and {}", classes,
                          logits.spec(), labels.spec());
  }
  const Tensor predictions = argmax(logits, -1);
  const auto predicted = predictions.data<std::int32_t>();
  const auto expected = labels.data<std::int32_t>();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] < 0 || expected[i] >= classes) {
      throw InvalidArgument("report: label {} at index {} is not one of {} classes", expected[i], i,
                            classes);
    }
    ++counts_[place(static_cast<std::size_t>(expected[i]), static_cast<std::size_t>(predicted[i]))];
  }
}

std::size_t ClassificationReport::place(std::size_t label, std::size_t predicted) const {
  return label * classes_.size() + predicted;
}

std::int64_t ClassificationReport::images() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t ClassificationReport::right() const {
  std::int64_t result = 0;
  for (std::size_t label = 0; label < classes_.size(); ++label) {
    result += counts_[place(label, label)];
  }
  return result;
}

double ClassificationReport::accuracy() const { return share(right(), images()); }

std::string ClassificationReport::line(std::size_t label) const {
  const auto row = counts_.begin() + static_cast<std::ptrdiff_t>(place(label, 0));
  std::vector<std::int64_t> wrong(row, row + static_cast<std::ptrdiff_t>(classes_.size()));
  const std::int64_t all = std::accumulate(wrong.begin(), wrong.end(), std::int64_t{0});
  const std::int64_t right = std::exchange(wrong[label], 0);
  std::string result = columns(classes_[label], all, right);

  const auto most = std::max_element(wrong.begin(), wrong.end());
  if (*most > 0) {
    const auto other = static_cast<std::size_t>(most - wrong.begin());
    result += fmt::format("  {} ({})", classes_[other], *most);
  }
  return result;
}

std::string ClassificationReport::table() const {
  std::string result = fmt::format("{:<14}{:>8}{:>8}{:>10}  {}\n", "class", "images", "right",
                                   "accuracy", "most often taken for");
  for (std::size_t label = 0; label < classes_.size(); ++label) result += line(label) + '\n';
  return result + columns("all", images(), right()) + '\n';
}

}  // namespace example
