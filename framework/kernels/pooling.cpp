// Pooling and its adjoints: which lines of positions there are, and what is made of each.
#include <linseed/framework/kernels/pooling.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/window_folds.h>

namespace linseed::kernels {
namespace {

/// The work of an element of a term, in ns.
constexpr double kCost = 0.1;

/// The lines of y [n,spatial…,c] over x, or of x over y.
WindowLines lines_of(const KernelCall& call, const Shape& y, bool is_adjoint) {
  const auto& attributes = call.attributes_as<PoolingAttributes>();
  return (is_adjoint ? adjoint_lines : window_lines)(attributes.window, attributes.window_size,
                                                     attributes.input_size, spatial_sizes(y, 1, 1),
                                                     y[y.ndim() - 1]);
}

/// max_line for integers.
template <class T, class Position>
void max_line_of_integers(const WindowLines& all, const WindowLine& line, const T* input, T* output,
                          Position* positions) {
  for (std::int64_t p = 0; p < line.count; ++p) {
    for (std::int64_t c = 0; c < all.channels; ++c) {
      T best = std::numeric_limits<T>::lowest();
      std::int64_t place = line.first_term == line.last_term ? 0 : all.terms_of(line)[0].place;
      for (const WindowTerm& term : all.terms_of(line)) {
        const T value = input[line.input + p * all.input_step + term.offset + c];
        if (value > best) place = term.place;
        best = std::max(best, value);
      }
      output[line.output + p * all.output_step + c] = best;
      positions[line.output + p * all.output_step + c] = static_cast<Position>(place);
    }
  }
}

template <class T, class Position>
void max_pool_as(const KernelCall& call) {
  const Array& y = call.outputs[0];
  const WindowLines all = lines_of(call, y.shape, false);
  for_each_line(call, all, y.shape[0], kCost, [&](const WindowLine& line, std::int64_t image) {
    const T* const input = call.inputs[0].as<T>() + image * all.input_size;
    T* const output = y.as<T>() + image * all.output_size;
    Position* const positions = call.outputs[1].as<Position>() + image * all.output_size;
    if constexpr (std::is_floating_point_v<T>) {
      max_line(all, line, input, output, positions);
    } else {
      max_line_of_integers(all, line, input, output, positions);
    }
  });
}

template <class T, class Position>
void max_unpool_as(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const WindowLines all = lines_of(call, dy.shape, true);
  for_each_line(call, all, dy.shape[0], kCost, [&](const WindowLine& line, std::int64_t image) {
    unpool_line(all, line, dy.as<T>() + image * all.input_size,
                call.inputs[1].as<Position>() + image * all.input_size,
                call.outputs[0].as<T>() + image * all.output_size);
  });
}

template <class T, class Position>
void max_pool_select_as(const KernelCall& call) {
  const Array& y = call.outputs[0];
  const WindowLines all = lines_of(call, y.shape, false);
  for_each_line(call, all, y.shape[0], kCost, [&](const WindowLine& line, std::int64_t image) {
    select_line(all, line, call.inputs[0].as<T>() + image * all.input_size,
                call.inputs[1].as<Position>() + image * all.output_size,
                y.as<T>() + image * all.output_size);
  });
}

template <class T>
void sum_windows(const KernelCall& call, const Shape& y, bool is_adjoint) {
  const WindowLines all = lines_of(call, y, is_adjoint);
  for_each_line(call, all, y[0], kCost, [&](const WindowLine& line, std::int64_t image) {
    sum_line(all, line, call.inputs[0].as<T>() + image * all.input_size,
             call.outputs[0].as<T>() + image * all.output_size);
  });
}

}  // namespace

void max_pool(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool>) {
      throw InternalError("max_pool: dtype bool should have been ruled out by the op");
    } else {
      visit_position(call.outputs[1].dtype,
                     [&](auto position) { max_pool_as<T, decltype(position)>(call); });
    }
  });
}

void max_unpool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    visit_position(call.inputs[1].dtype,
                   [&](auto position) { max_unpool_as<decltype(zero), decltype(position)>(call); });
  });
}

void max_pool_select(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    visit_position(call.inputs[1].dtype, [&](auto position) {
      max_pool_select_as<decltype(zero), decltype(position)>(call);
    });
  });
}

void sum_pool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    sum_windows<decltype(zero)>(call, call.outputs[0].shape, false);
  });
}

void sum_unpool(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype,
                 [&](auto zero) { sum_windows<decltype(zero)>(call, call.inputs[0].shape, true); });
}

}  // namespace linseed::kernels
