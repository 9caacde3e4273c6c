// Hands each direction of a convolution to loops: of depthwise ones, or of sums of products.
#include <linseed/framework/kernels/convolution.h>

#include <algorithm>
#include <type_traits>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/correlation.h>
#include <linseed/framework/kernels/depthwise.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/narrow_correlation.h>
#include <linseed/framework/kernels/transpose.h>
#include <linseed/framework/kernels/whole_vectors.h>
#include <linseed/framework/kernels/winograd.h>

namespace linseed::kernels {
namespace {

/// The sizes of x [n,spatial…,c], kernel [spatial…,c/groups,f] and y [n,spatial…,f].
struct Geometry {
  Window window;
  Spatial window_size;
  Spatial input_size;
  Spatial output_size;
  std::int64_t images;
  std::int64_t groups;
  std::int64_t channels;
  std::int64_t features;

  Geometry(const KernelCall& call, const Shape& x, const Shape& kernel, const Shape& y)
      : window(call.attributes_as<ConvolutionAttributes>().window),
        window_size(spatial_sizes(kernel, 0, 2)),
        input_size(spatial_sizes(x, 1, 1)),
        output_size(spatial_sizes(y, 1, 1)),
        images(x[0]),
        groups(call.attributes_as<ConvolutionAttributes>().groups),
        channels(x[x.ndim() - 1]),
        features(y[y.ndim() - 1]) {}

  bool is_depthwise() const { return groups > 1 && channels == groups && features > 0; }
  Depthwise depthwise() const {
    return {window, window_size, input_size, output_size, images, channels, features / channels};
  }

  Correlation forward() const {
    return {{convolution_taps(window, window_size, output_size)},
            window_size,
            input_size,
            output_size,
            images,
            groups,
            channels,
            features};
  }
  /// The adjoint in x, with the kernel that adjoint_kernel gives.
  Correlation adjoint() const {
    return {adjoint_taps(window, window_size, input_size),
            window_size,
            output_size,
            input_size,
            images,
            groups,
            features,
            channels};
  }
};

/// The correlation by a kernel [places, in_channels / groups, out_channels].
template <class T>
void correlate(const KernelCall& call, const Correlation& correlation, const T* input,
               const T* kernel, T* output) {
  if (is_narrow<T>(correlation)) {
    return compute_narrow(call, correlation, input, kernel, output);
  }
  if constexpr (std::is_same_v<T, float>) {
    if (is_winograd(correlation)) {
      return compute_winograd(call, correlation, input, kernel, output);
    }
  }
  correlation.compute(call, input, kernel, output);
}

template <class T>
void convolve(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& y = call.outputs[0];
  const Geometry g(call, x.shape, kernel.shape, y.shape);
  if (g.is_depthwise()) {
    return g.depthwise().convolve(call, x.as<T>(), kernel.as<T>(), y.as<T>());
  }
  correlate(call, g.forward(), x.as<T>(), kernel.as<T>(), y.as<T>());
}

/// The kernel [places, c, f] of the convolution as that of its adjoint: [places, f, c] with the
/// places reversed, where f are the features of a group and the channels of all groups lie side by
/// side.
template <class T>
void write_adjoint(const KernelCall& call, const Geometry& g, const T* kernel, T* adjoint) {
  const std::int64_t channels = g.channels / g.groups;
  const std::int64_t features = g.features / g.groups;
  const std::int64_t places = volume(g.window_size);
  const std::int64_t block = channels * g.features;  // of a place
  call.parallel_for(places, static_cast<double>(block), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t place = begin; place < end; ++place) {
      const T* from = kernel + place * block;
      T* to = adjoint + (places - 1 - place) * block;
      for (std::int64_t group = 0; group < g.groups; ++group) {
        transpose(channels, features, from + group * features, g.features, to + group * channels,
                  g.channels);
      }
    }
  });
}

template <class T>
void gradient_of_input(const KernelCall& call) {
  const Array& dy = call.inputs[0];
  const Array& kernel = call.inputs[1];
  const Array& dx = call.outputs[0];
  const Geometry g(call, dx.shape, kernel.shape, dy.shape);
  if (g.is_depthwise()) {
    return g.depthwise().gradient_of_input(call, dy.as<T>(), kernel.as<T>(), dx.as<T>());
  }
  Buffer buffer(static_cast<std::size_t>(kernel.size()) * sizeof(T));
  T* const adjoint = static_cast<T*>(buffer.data());
  write_adjoint(call, g, kernel.as<T>(), adjoint);
  correlate(call, g.adjoint(), dy.as<T>(), adjoint, dx.as<T>());
}

template <class T>
void gradient_of_kernel(const KernelCall& call) {
  const Array& x = call.inputs[0];
  const Array& dy = call.inputs[1];
  const Array& dkernel = call.outputs[0];
  const Geometry g(call, x.shape, dkernel.shape, dy.shape);
  if (g.is_depthwise()) {
    return g.depthwise().gradient_of_kernel(call, x.as<T>(), dy.as<T>(), dkernel.as<T>());
  }
  const Correlation forward = g.forward();
  if constexpr (std::is_same_v<T, float>) {
    if (is_winograd_gradient(forward)) {
      return winograd_gradient_of_kernel(call, forward, x.as<T>(), dy.as<T>(), dkernel.as<T>());
    }
  }
  const WholeVectors<T> cotangents(call, dy.as<T>(), g.images * volume(g.output_size), g.features,
                                   g.features / g.groups);
  forward.gradient_of_kernel(call, x.as<T>(), cotangents.data(), dkernel.as<T>());
}

}  // namespace

void convolution(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) { convolve<decltype(zero)>(call); });
}

void convolution_input_gradient(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_input<decltype(zero)>(call); });
}

void convolution_kernel_gradient(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype,
                 [&](auto zero) { gradient_of_kernel<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
