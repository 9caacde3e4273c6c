// Fields of a module that have no default.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace linseed::nn {

/// A field that must be given: leaving it out of the braces does not compile.
template <class T>
class Required {
 public:
  // Declared, or an omitted field would be made of an empty list of values.
  Required() = delete;
  Required(T value) : value_(std::move(value)) {}
  Required(std::initializer_list<std::int64_t> values) requires
      std::constructible_from<T, std::initializer_list<std::int64_t>> : value_(values) {}

  operator const T&() const { return value_; }
  const T& get() const { return value_; }

 private:
  T value_;
};

}  // namespace linseed::nn
