// Accuracy, class by class.
#include <support/classification_report.h>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>

namespace example {
namespace {

using linseed::InvalidArgument;
using linseed::Tensor;

Tensor ints(const std::vector<std::int32_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

/// Adds images of class labels[i] for which the greatest logit is that of predicted[i].
void add(ClassificationReport& report, const std::vector<std::int32_t>& predicted,
         const std::vector<std::int32_t>& labels) {
  report.add(linseed::one_hot(ints(predicted), 3), ints(labels));
}

}  // namespace

TEST_CASE("a report counts over batches and tells what a class is taken for") {
  ClassificationReport report({"Bag", "Coat", "Dress"});
  add(report, {0, 1, 2, 2}, {0, 1, 1, 1});
  add(report, {0, 0}, {0, 1});
  CHECK(report.images() == 6);
  CHECK(report.accuracy() == Approx(0.5));
  CHECK(report.table() ==
        "class           images   right  accuracy  most often taken for\n"
        "Bag                  2       2    1.0000\n"
        "Coat                 4       1    0.2500  Dress (2)\n"
        "Dress                0       0    0.0000\n"
        "all                  6       3    0.5000\n");
}

TEST_CASE("a report of nothing has accuracy 0") {
  const ClassificationReport report({"Bag", "Coat"});
  CHECK(report.images() == 0);
  CHECK(report.accuracy() == 0);
}

TEST_CASE("logits and labels that do not fit are refused") {
  ClassificationReport report({"Bag", "Coat", "Dress"});
  CHECK_THROWS_AS(report.add(linseed::zeros({2, 4}), ints({0, 1})), InvalidArgument);
  CHECK_THROWS_AS(report.add(linseed::zeros({3, 3}), ints({0, 1})), InvalidArgument);
  CHECK_THROWS_AS(report.add(linseed::zeros({2, 3}), linseed::zeros({2, 1})), InvalidArgument);
  CHECK_THROWS_WITH(report.add(linseed::zeros({2, 3}), ints({0, 3})),
                    Catch::Matchers::Contains("label 3 at index 1"));
  CHECK_THROWS_AS(report.add(linseed::zeros({2, 3}), ints({-1, 0})), InvalidArgument);
}

}  // namespace example
