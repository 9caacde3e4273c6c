// Attributes as text, for people who read a program and for replaying a step of it.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/shape.h>
#include <linseed/framework/graph/attributes.h>
#include <linseed/framework/graph/primitive.h>

namespace linseed {
namespace detail {

/// Writes values of attributes: numbers as to_chars does, so that they read back to the same bits;
/// [1,2] for what has elements; {stride=[1,1] pad=[0,0]} for a struct that lists its fields;
/// "[2,3] float32" for a spec.
class AttributeWriter {
 public:
  std::string text;

  template <class T>
  requires std::is_arithmetic_v<T>
  void write(T value) { text += fmt::format("{}", value); }
  void write(DType value) { text += name(value); }
  void write(const Shape& value) { text += to_string(value); }
  void write(const TensorSpec& value) { text += to_string(value); }
  template <class T>
  void write(const std::vector<T>& value) {
    write_elements(value);
  }
  template <class T, std::size_t n>
  void write(const std::array<T, n>& value) {
    write_elements(value);
  }
  template <class T>
  requires requires { T::tree; }
  void write(const T& value) {
    text += '{';
    write_fields(value, T::tree);
    text += '}';
  }

 private:
  template <class Range>
  void write_elements(const Range& range) {
    text += '[';
    bool first = true;
    for (const auto& element : range) {
      if (!std::exchange(first, false)) text += ',';
      write(element);
    }
    text += ']';
  }

  template <class T, auto... members>
  void write_fields(const T& value, Fields<members...>) {
    bool first = true;
    const auto one = [&](std::string_view name, const auto& field) {
      if (!std::exchange(first, false)) text += ' ';
      text.append(name).append("=");
      write(field);
    };
    (one(tree::member_name<members>(), value.*members), ...);
  }
};

/// Reads what AttributeWriter wrote. InvalidArgument, which shows the text, for anything else.
class AttributeReader {
 public:
  explicit AttributeReader(std::string_view text) : all_(text), rest_(text) {}

  template <class T>
  requires std::is_arithmetic_v<T>
  void read(T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = skip_if("true");
      if (!value) expect("false");
    } else {
      const char* end = rest_.data() + rest_.size();
      const auto [stop, error] = std::from_chars(rest_.data(), end, value);
      if (error != std::errc()) fail("a number");
      rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    }
  }
  void read(DType& value);
  void read(Shape& value);
  void read(TensorSpec& value);
  template <class T>
  void read(std::vector<T>& value) {
    value.clear();
    expect("[");
    while (!skip_if("]")) {
      if (!value.empty()) expect(",");
      read(value.emplace_back());
    }
  }
  template <class T, std::size_t n>
  void read(std::array<T, n>& value) {
    std::vector<T> elements;
    read(elements);
    if (elements.size() != n) fail(fmt::format("{} elements", n));
    std::copy(elements.begin(), elements.end(), value.begin());
  }
  template <class T>
  requires requires { T::tree; }
  void read(T& value) {
    expect("{");
    read_fields(value, T::tree);
    expect("}");
  }

  /// Nothing is left.
  void finish() const {
    if (!rest_.empty()) fail("the end");
  }

 private:
  template <class T, auto... members>
  void read_fields(T& value, Fields<members...>) {
    bool first = true;
    const auto one = [&](std::string_view name, auto& field) {
      if (!std::exchange(first, false)) expect(" ");
      expect(name);
      expect("=");
      read(field);
    };
    (one(tree::member_name<members>(), value.*members), ...);
  }

  bool skip_if(std::string_view text);
  void expect(std::string_view text);
  [[noreturn]] void fail(std::string_view expected) const;

  std::string_view all_;
  std::string_view rest_;
};

template <class A>
std::string write_attributes(const Attributes& attributes) {
  AttributeWriter writer;
  writer.write(attributes.as<A>());
  return std::move(writer.text);
}

template <class A>
Attributes read_attributes(std::string_view text) {
  AttributeReader reader(text);
  A value{};
  reader.read(value);
  reader.finish();
  return value;
}

}  // namespace detail

/// For the row of a primitive: `.attributes = &attribute_text<PadAttributes>`. The struct lists its
/// fields: `static constexpr auto tree = fields<&PadAttributes::low, &PadAttributes::high>;`.
template <class A>
inline constexpr AttributeText attribute_text{&detail::write_attributes<A>,
                                              &detail::read_attributes<A>};

}  // namespace linseed
