#include <linseed/framework/ops/einsum.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <tuple>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/triangular.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

/// A tensor whose dimensions have names.
struct Named {
  std::string letters;
  Tensor tensor;
};

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

bool has(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

std::string without_spaces(std::string_view text) {
  std::string rest;
  std::copy_if(text.begin(), text.end(), std::back_inserter(rest), [](char c) { return c != ' '; });
  return rest;
}

/// The dimensions of an ellipsis are named by digits, the last one by 9.
bool is_in_ellipsis(char letter) { return letter >= '0' && letter <= '9'; }

std::string in_words(char letter) {
  return is_in_ellipsis(letter) ? fmt::format("dimension {} of the ellipsis", letter - '9' - 1)
                                : fmt::format("'{}'", letter);
}

/// `letters` with the ellipsis that they may have replaced by `dims`.
std::string with_dims(std::string letters, std::string_view dims) {
  const std::size_t place = letters.find("...");
  return place == std::string::npos ? letters : letters.replace(place, 3, dims);
}

/// Letters, and one ellipsis at most.
void check_letters(std::string_view letters, std::string_view equation) {
  for (const char c : with_dims(std::string(letters), "")) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
      throw InvalidArgument("einsum \"{}\": '{}' is no letter", equation, c);
    }
  }
}

/// What an ellipsis among `letters` stands for: the dimensions of x that have no letter.
std::string ellipsis_dims(const std::string& letters, const Tensor& x, std::string_view equation) {
  const std::string named = with_dims(letters, "");
  const int count = x.ndim() - static_cast<int>(named.size());
  if (named == letters || count <= 0) return "";
  if (count > 10) {
    throw NotSupported("einsum \"{}\": the ellipsis of {} has more than 10 dimensions", equation,
                       x.spec());
  }
  return std::string("0123456789").substr(static_cast<std::size_t>(10 - count));
}

/// The dimensions of the ellipsis, then the letters that occur once in all operands, in order.
std::string implied_result(const std::vector<std::string>& operands) {
  std::map<char, int> count;
  for (const std::string& letters : operands) {
    for (const char letter : letters) ++count[letter];
  }
  std::string result;
  for (const auto& [letter, times] : count) {
    if (times == 1 || is_in_ellipsis(letter)) result += letter;
  }
  return result;
}

void check_result(const Equation& parsed, std::string_view equation) {
  for (std::size_t i = 0; i < parsed.result.size(); ++i) {
    const char letter = parsed.result[i];
    const bool is_known =
        std::any_of(parsed.operands.begin(), parsed.operands.end(),
                    [&](const std::string& letters) { return has(letters, letter); });
    if (!is_known) {
      throw InvalidArgument("einsum \"{}\": no operand has the result's '{}'", equation, letter);
    }
    if (has(std::string_view(parsed.result).substr(i + 1), letter)) {
      throw InvalidArgument("einsum \"{}\": the result names '{}' twice", equation, letter);
    }
  }
}

Equation parse(std::string_view equation, const Tensors& tensors) {
  const std::string text = without_spaces(equation);
  const std::size_t arrow = text.find("->");
  Equation parsed;
  const std::string left = text.substr(0, arrow);
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = left.find(',', begin);
    parsed.operands.push_back(left.substr(begin, end == std::string::npos ? end : end - begin));
    check_letters(parsed.operands.back(), equation);
  }
  if (parsed.operands.size() != tensors.size()) {
    throw InvalidArgument("einsum \"{}\": {} operands are named, {} given", equation,
                          parsed.operands.size(), tensors.size());
  }
  std::string longest;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string dims = ellipsis_dims(parsed.operands[i], tensors[i], equation);
    parsed.operands[i] = with_dims(parsed.operands[i], dims);
    if (dims.size() > longest.size()) longest = dims;
  }
  if (arrow == std::string::npos) {
    parsed.result = implied_result(parsed.operands);
  } else {
    const std::string right = text.substr(arrow + 2);
    check_letters(right, equation);
    parsed.result = with_dims(right, longest);
    if (parsed.result == right && !longest.empty()) {
      throw InvalidArgument("einsum \"{}\": the result lacks the ellipsis of the operands",
                            equation);
    }
    check_result(parsed, equation);
  }
  return parsed;
}

/// The operands with their letters; a letter has one size throughout, but in an ellipsis also 1.
std::vector<Named> named(std::string_view equation, const Equation& parsed,
                         const Tensors& tensors) {
  std::map<char, std::pair<std::int64_t, std::size_t>> sizes;  // and the operand they come from
  std::vector<Named> result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string& letters = parsed.operands[i];
    const Tensor& x = tensors[i];
    if (static_cast<int>(letters.size()) != x.ndim()) {
      throw InvalidArgument("einsum \"{}\": \"{}\" names {} dimensions, operand {} is {}", equation,
                            letters, letters.size(), i, x.spec());
    }
    for (int d = 0; d < x.ndim(); ++d) {
      const char letter = letters[static_cast<std::size_t>(d)];
      auto& [size, first] = sizes.try_emplace(letter, x.dim(d), i).first->second;
      if (is_in_ellipsis(letter) && x.dim(d) == 1) continue;
      if (is_in_ellipsis(letter) && size == 1) std::tie(size, first) = std::pair(x.dim(d), i);
      if (size != x.dim(d)) {
        throw InvalidArgument("einsum \"{}\": {} is {} in operand {}, {}, but {} in operand {}, {}",
                              equation, in_words(letter), size, first, tensors[first].spec(),
                              x.dim(d), i, x.spec());
      }
    }
    result.push_back({letters, as_number(x)});
  }
  return result;
}

/// Each letter twice in one operand becomes the diagonal, whose dimension is the last.
Named with_diagonals(Named x) {
  for (std::size_t i = 0; i < x.letters.size();) {
    const char letter = x.letters[i];
    const std::size_t again = x.letters.find(letter, i + 1);
    if (again == std::string::npos) {
      ++i;
      continue;
    }
    x.tensor = diagonal(x.tensor, 0, static_cast<int>(i), static_cast<int>(again));
    x.letters.erase(again, 1);
    x.letters.erase(i, 1);
    x.letters += letter;
  }
  return x;
}

/// x without what is 1 in an ellipsis whose dimension `other` has, too: x is the same all along it.
Named unstretched(Named x, const Named& other) {
  for (std::size_t i = x.letters.size(); i-- > 0;) {
    const bool is_one = x.tensor.dim(static_cast<int>(i)) == 1;
    if (!is_one || !is_in_ellipsis(x.letters[i]) || !has(other.letters, x.letters[i])) continue;
    x.tensor = squeeze(x.tensor, static_cast<int>(i));
    x.letters.erase(i, 1);
  }
  return x;
}

/// Σ over the letters that are not among `wanted`.
Named summed(const Named& x, std::string_view wanted) {
  std::string rest;
  std::vector<int> axes;
  for (std::size_t i = 0; i < x.letters.size(); ++i) {
    if (has(wanted, x.letters[i])) {
      rest += x.letters[i];
    } else {
      axes.push_back(static_cast<int>(i));
    }
  }
  return {rest, sum(x.tensor, Axes(axes))};
}

/// The dimensions in the order of `letters`, which are all those of x.
Tensor ordered(const Named& x, std::string_view letters) {
  std::vector<int> permutation;
  for (const char letter : letters) permutation.push_back(static_cast<int>(x.letters.find(letter)));
  return transpose(x.tensor, permutation);
}

/// The sizes of the dimensions `letters`, which are some of those of x.
Shape sizes(const Named& x, std::string_view letters) {
  Shape shape;
  for (const char letter : letters) {
    shape.push_back(x.tensor.dim(static_cast<int>(x.letters.find(letter))));
  }
  return shape;
}

/// Those of `letters` for which `is_wanted` holds.
template <class F>
std::string select(std::string_view letters, F is_wanted) {
  std::string chosen;
  std::copy_if(letters.begin(), letters.end(), std::back_inserter(chosen), is_wanted);
  return chosen;
}

/// The product of a and b, whose letters all are in the other one or in the result, summed over
/// those that are not in the result. The dimensions are those of both results, then of a, then of
/// b.
Named contracted(const Named& a, const Named& b, std::string_view result) {
  const auto shared = [&](char c) { return has(a.letters, c) && has(b.letters, c); };
  const std::string batch = select(result, shared);
  const std::string inner = select(a.letters, [&](char c) { return shared(c) && !has(result, c); });
  const std::string rows = select(a.letters, [&](char c) { return !shared(c); });
  const std::string columns = select(b.letters, [&](char c) { return !shared(c); });

  const std::int64_t count = sizes(a, batch).size();
  const std::int64_t m = sizes(a, rows).size();
  const std::int64_t k = sizes(a, inner).size();
  const std::int64_t n = sizes(b, columns).size();
  const Tensor left = reshape(ordered(a, batch + rows + inner), {count, m, k});
  const Tensor right = reshape(ordered(b, batch + inner + columns), {count, k, n});
  Shape shape = sizes(a, batch + rows);
  for (const std::int64_t size : sizes(b, columns)) shape.push_back(size);
  return {batch + rows + columns,
          reshape(inner.empty() ? left * right : matmul(left, right), shape)};
}

}  // namespace

Tensor einsum(std::string_view equation, const Tensor& x) {
  const Equation parsed = parse(equation, {x});
  const Named operand = with_diagonals(named(equation, parsed, {x})[0]);
  return ordered(summed(operand, parsed.result), parsed.result);
}

Tensor einsum(std::string_view equation, const Tensor& a, const Tensor& b) {
  const Equation parsed = parse(equation, {a, b});
  const std::vector<Named> operands = named(equation, parsed, {a, b});
  const Named x = with_diagonals(unstretched(operands[0], operands[1]));
  const Named y = with_diagonals(unstretched(operands[1], x));
  const Named product = contracted(summed(x, parsed.result + y.letters),
                                   summed(y, parsed.result + x.letters), parsed.result);
  return ordered(product, parsed.result);
}

}  // namespace linseed
