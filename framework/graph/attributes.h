// Attributes: what a node knows besides its inputs.
#pragma once

#include <memory>
#include <utility>

namespace linseed {

/// One value of any type with `==`, shared and immutable: a permutation, a window, a Program.
/// Two Attributes are equal if they hold the same type and equal values; that equality alone
/// decides whether two nodes with the same inputs compute the same thing.
class Attributes {
 public:
  Attributes() = default;

  template <class A>
  requires(!std::same_as<std::remove_cvref_t<A>, Attributes>) Attributes(A value)
      : value_(std::make_shared<const A>(std::move(value))), equal_(&values_equal<A>) {}

  /// The value. A must be the type it was made from: each primitive has one type of attributes.
  template <class A>
  const A& as() const {
    return *static_cast<const A*>(value_.get());
  }
  const void* get() const { return value_.get(); }

  friend bool operator==(const Attributes& a, const Attributes& b) {
    if (a.equal_ != b.equal_) return false;
    return a.value_ == b.value_ || a.equal_(a.value_.get(), b.value_.get());
  }

 private:
  template <class A>
  static bool values_equal(const void* a, const void* b) {
    return *static_cast<const A*>(a) == *static_cast<const A*>(b);
  }

  std::shared_ptr<const void> value_;
  bool (*equal_)(const void*, const void*) = nullptr;
};

}  // namespace linseed
