// The row of pmap.
#include <linseed/framework/autodiff/replicas.h>

#include <algorithm>

#include <linseed/framework/autodiff/carry_internal.h>
#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/kernels/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ReplicateAttributes;

constexpr std::string_view kWho = "pmap";

Shape without_first(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.begin() + 1, shape.end()));
}

Shape with_first(std::int64_t size, const Shape& shape) {
  std::vector<std::int64_t> dims = shape.dims();
  dims.insert(dims.begin(), size);
  return Shape(std::move(dims));
}

Tensors derivative(const Backward& b);

const Primitive kPmap{
    .name = "pmap",
    .type = [](Specs, const Attributes& attributes) -> std::vector<TensorSpec> {
      const auto& a = attributes.as<ReplicateAttributes>();
      std::vector<TensorSpec> specs = output_specs(*a.body);
      for (TensorSpec& spec : specs) spec.shape = with_first(a.axis.size, spec.shape);
      return specs;
    },
    .joint_kernel = kernels::replicate,
    .derivative = derivative,
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<ReplicateAttributes>().body.get()};
    },
    .axis = [](const Attributes& a) -> const ReplicaAxis& {
      return a.as<ReplicateAttributes>().axis;
    },
    .takes_halves = true,  // its program knows what to do with them
};

/// `build`, run once on one replica's entries of `mapped` and on `common`, which all see whole.
Tensors apply_pmap(
    const ReplicaAxis& axis, const Tensors& mapped, const Tensors& common,
    const std::function<Tensors(const Tensors& mapped, const Tensors& common)>& build) {
  Tensors inputs = mapped;
  inputs.insert(inputs.end(), common.begin(), common.end());
  Closure closure;
  {
    const PlaceholderScope scope;
    Tensors entries;
    for (const Tensor& x : mapped) {
      entries.push_back(placeholder({without_first(x.shape()), x.dtype()}, std::string(kWho)));
    }
    Tensors placeholders = placeholders_like(common, kWho);
    const Tensors results = build(entries, placeholders);
    check_defined(results, kWho);
    placeholders.insert(placeholders.begin(), entries.begin(), entries.end());
    closure = close_over(results, placeholders);
  }
  inputs.insert(inputs.end(), closure.captured.begin(), closure.captured.end());
  return apply_all(kPmap, std::move(inputs),
                   ReplicateAttributes{closure.program, axis, static_cast<int>(mapped.size())});
}

/// The derivative of replicas is replicas of the derivative. What all of them see whole gets the
/// sum of what each gives it.
Tensors derivative(const Backward& b) {
  const auto& a = b.attributes().as<ReplicateAttributes>();
  const auto input_count = static_cast<std::size_t>(b.input_count());
  const auto mapped_count = static_cast<std::size_t>(a.mapped);
  Tensors mapped, common;
  std::vector<bool> needed;
  for (std::size_t i = 0; i < input_count; ++i) {
    const Tensor& input = b.input(static_cast<int>(i));
    (i < mapped_count ? mapped : common).push_back(input);
    needed.push_back(b.needs(static_cast<int>(i)) && is_floating(input.dtype()));
  }
  std::vector<bool> arrived;
  for (std::size_t i = 0; i < a.body->outputs.size(); ++i) {
    const Tensor& cotangent = b.cotangent(static_cast<int>(i));
    arrived.push_back(cotangent.defined());
    if (cotangent.defined()) mapped.push_back(cotangent);
  }

  const Tensors parts =
      apply_pmap(a.axis, mapped, common, [&](const Tensors& entries, const Tensors& whole) {
        Tensors inputs(entries.begin(), entries.begin() + a.mapped);
        inputs.insert(inputs.end(), whole.begin(), whole.end());
        Tensors cotangents(arrived.size());
        auto next = entries.begin() + a.mapped;
        for (std::size_t i = 0; i < arrived.size(); ++i) {
          if (arrived[i]) cotangents[i] = *next++;
        }
        const Tensors all = pull_back(*a.body, inputs, cotangents, needed);
        Tensors wanted;
        for (std::size_t i = 0; i < all.size(); ++i) {
          if (needed[i]) wanted.push_back(or_zeros(all[i], inputs[i]));
        }
        return wanted;
      });
  Tensors cotangents(input_count);
  auto part = parts.begin();
  for (std::size_t i = 0; i < input_count; ++i) {
    if (!needed[i]) continue;
    cotangents[i] = i < mapped_count ? *part : sum(*part, {0});
    ++part;
  }
  return cotangents;
}

}  // namespace

Rows replica_rows() { return {&kPmap}; }

Tensors detail::replicate_call(const ReplicaAxis& wanted, const LeafFunction& function,
                               const Tensors& arguments) {
  check_defined(arguments, kWho);
  ReplicaAxis axis = wanted;
  if (axis.name.empty()) axis.name = fmt::format("unnamed axis {}", AxisScope::open().size());
  Tensors mapped{arange(axis.size)};  // each replica's place
  mapped.insert(mapped.end(), arguments.begin(), arguments.end());
  return apply_pmap(axis, mapped, {}, [&](const Tensors& entries, const Tensors&) {
    const AxisScope scope({axis, entries.front()});
    return function(Tensors(entries.begin() + 1, entries.end()));
  });
}

int detail::replica_count(const PmapOptions& options, const Tensors& arguments,
                          const std::vector<std::string>& names) {
  if (options.replicas < 0) {
    throw InvalidArgument("pmap: {} is no number of replicas", options.replicas);
  }
  std::int64_t count = options.replicas;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Tensor& x = arguments[i];
    if (!x.defined()) continue;
    if (count == 0 && x.ndim() > 0) count = x.dim(0);
    if (x.ndim() > 0 && x.dim(0) == count) continue;
    throw InvalidArgument(
        "pmap: argument {} is {}, but the first dimension of each must be {}, one entry for each "
        "replica; use shard for data and replicate for parameters",
        names[i], x.spec(), count == 0 ? "the number of replicas" : std::to_string(count));
  }
  if (count == 0) {
    throw InvalidArgument(
        "pmap: no argument says how many replicas there are; give {{.replicas = 8}}");
  }
  return static_cast<int>(count);
}

Tensor detail::replicate(const Tensor& x, int replicas) {
  if (replicas < 1) throw InvalidArgument("replicate: {} is no number of replicas", replicas);
  return broadcast_to(x, with_first(replicas, x.shape()));
}

Tensor detail::unreplicate(const Tensor& x, std::string_view name) {
  if (x.ndim() == 0 || x.dim(0) == 0) {
    throw InvalidArgument("unreplicate: {} is {}, which has no dimension of replicas", name,
                          x.spec());
  }
  if (const std::int64_t other = replica_out_of_step(x)) {
    throw InvalidArgument(
        "unreplicate: replica {} has another {} than replica 0, so they are not in step. Running "
        "averages: combine them with sync_batch_stats, or let BatchNorm do it (.axis_name). "
        "Parameters: apply the same gradient everywhere, pmean(gradient, axis)",
        other, name.empty() ? "value" : name);
  }
  std::vector<std::int64_t> starts(static_cast<std::size_t>(x.ndim()), 0);
  std::vector<std::int64_t> ends = x.shape().dims();
  ends.front() = 1;
  return reshape(slice(x, starts, ends), without_first(x.shape()));
}

Tensor detail::shard(const Tensor& x, int replicas, std::string_view name) {
  if (replicas < 1) throw InvalidArgument("shard: {} is no number of replicas", replicas);
  if (x.ndim() == 0 || x.dim(0) % replicas != 0) {
    throw InvalidArgument(
        "shard: {}{}{} cannot be cut into {} equal shards along its first dimension; drop the "
        "rest, "
        "or pad it and give layers a mask of what counts",
        name, name.empty() ? "" : ", ", x.spec(), replicas);
  }
  const Shape rest = without_first(x.shape());
  return reshape(x, with_first(replicas, with_first(x.dim(0) / replicas, rest)));
}

}  // namespace linseed
