#include <linseed/framework/graph/attribute_text.h>

#include <algorithm>

#include <linseed/framework/core/error.h>

namespace linseed::detail {

void AttributeReader::read(DType& value) {
  const std::string_view word =
      rest_.substr(0, rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"));
  const auto found = std::find_if(std::begin(kAllDTypes), std::end(kAllDTypes),
                                  [&](DType dtype) { return name(dtype) == word; });
  if (found == std::end(kAllDTypes)) fail("a dtype");
  value = *found;
  rest_.remove_prefix(word.size());
}

void AttributeReader::read(Shape& value) {
  std::vector<std::int64_t> dims;
  read(dims);
  value = Shape(std::move(dims));
}

void AttributeReader::read(TensorSpec& value) {
  read(value.shape);
  expect(" ");
  read(value.dtype);
}

bool AttributeReader::skip_if(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

void AttributeReader::expect(std::string_view text) {
  if (!skip_if(text)) fail(fmt::format("'{}'", text));
}

void AttributeReader::fail(std::string_view expected) const {
  throw InvalidArgument("attributes: {} was expected at byte {} of '{}'", expected,
                        all_.size() - rest_.size(), all_);
}

}  // namespace linseed::detail
