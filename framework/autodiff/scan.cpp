// The row of scan.
#include <linseed/framework/autodiff/scan.h>

#include <algorithm>

#include <linseed/framework/autodiff/carry_internal.h>
#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/graph/cost.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/kernels/control_flow.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::ScanAttributes;

Shape with_length(const Shape& entry, std::int64_t length) {
  std::vector<std::int64_t> dims = entry.dims();
  dims.insert(dims.begin(), length);
  return Shape(std::move(dims));
}

TensorSpec entry_of(const TensorSpec& sequence) {
  const Shape& shape = sequence.shape;
  return {Shape(std::vector<std::int64_t>(shape.begin() + 1, shape.end())), sequence.dtype};
}

std::vector<TensorSpec> type(Specs, const Attributes& attributes) {
  const auto& a = attributes.as<ScanAttributes>();
  std::vector<TensorSpec> specs = output_specs(*a.body);
  for (auto i = static_cast<std::size_t>(a.carries); i < specs.size(); ++i) {
    specs[i].shape = with_length(specs[i].shape, a.length);
  }
  return specs;
}

/// The attributes of a scan that returns its carries too.
ScanAttributes keeping_carries(ScanAttributes attributes) {
  Program body = *attributes.body;
  body.outputs.insert(body.outputs.end(), body.inputs.begin(),
                      body.inputs.begin() + attributes.carries);
  attributes.body = std::make_shared<const Program>(std::move(body));
  attributes.keeps_carries = true;
  return attributes;
}

Tensors derivative(const Backward& b);

const Primitive kScan{
    .name = "scan",
    .type = type,
    .joint_kernel = kernels::scan,
    .flops = [](Specs, Specs, const Attributes& attributes) -> double {
      const auto& a = attributes.as<ScanAttributes>();
      return static_cast<double>(a.length) * flops_of(*a.body);
    },
    .derivative = derivative,
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<ScanAttributes>().body.get()};
    },
    .takes_halves = true,  // its program knows what to do with them
};

/// Which outputs of `program` depend, through floating values, on its `chosen` inputs.
std::vector<bool> floating_influence(const Program& program, const std::vector<bool>& chosen) {
  std::vector<bool> reached(program.values.size(), false);
  const auto at = [&](int value) { return reached[static_cast<std::size_t>(value)]; };
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    reached[static_cast<std::size_t>(program.inputs[i])] = chosen[i];
  }
  for (const Program::Step& step : program.steps) {
    const bool any = !step.primitive->stops_derivatives &&
                     std::any_of(step.inputs.begin(), step.inputs.end(), at);
    for (const int value : step.outputs) {
      reached[static_cast<std::size_t>(value)] = any && is_floating(program.spec(value).dtype);
    }
  }
  std::vector<bool> outputs;
  for (const int value : program.outputs) outputs.push_back(at(value));
  return outputs;
}

/// What the derivative of a scan needs of it, sorted.
class ScanBackward {
 public:
  explicit ScanBackward(const Backward& b) : b_(b), a_(b.attributes().as<ScanAttributes>()) {
    for (int i = 0; i < b.input_count(); ++i) {
      Tensors& group = i < a_.carries                  ? init_
                       : i < a_.carries + a_.sequences ? sequences_
                                                       : captured_;
      group.push_back(b.input(i));
      needed_.push_back(b.needs(i) && is_floating(b.input(i).dtype()));
    }
    outputs_ = output_specs(*a_.body);
    // A carry hands its cotangent on to the run before, whoever asks for the first one's, if any
    // run makes it from something whose cotangent is wanted.
    for (bool changed = true; changed;) {
      changed = false;
      const std::vector<bool> reached = floating_influence(*a_.body, needed_);
      for (std::size_t i = 0; i < init_.size(); ++i) {
        if (needed_[i] || !reached[i]) continue;
        needed_[i] = changed = true;
      }
    }
  }

  /// The loop backwards. It carries the cotangents of the carries and the sums, so far, of those of
  /// what was captured; its entries are the carries that entered a run, x, and the cotangents of y.
  Tensors cotangents() const {
    Tensors start;
    for (std::size_t i = 0; i < init_.size(); ++i) {
      if (needed_[i]) start.push_back(or_zeros(b_.cotangent(static_cast<int>(i)), init_[i]));
    }
    for (std::size_t i = 0; i < captured_.size(); ++i) {
      if (needed_[first_captured() + i]) start.push_back(zeros_like(captured_[i]));
    }
    Tensors xs = kept_carries();
    xs.insert(xs.end(), sequences_.begin(), sequences_.end());
    for (std::size_t i = init_.size(); i < outputs_.size(); ++i) {
      if (has_cotangent(i)) xs.push_back(b_.cotangent(static_cast<int>(i)));
    }
    const auto [totals, x_cotangents] =
        detail::scan([this](const Tensors& carry, const Tensors& x) { return run(carry, x); },
                     start, xs, {a_.length, !a_.reverse}, {});
    return sorted(totals, x_cotangents);
  }

 private:
  std::size_t first_captured() const { return init_.size() + sequences_.size(); }

  bool has_cotangent(std::size_t output) const {
    return is_floating(outputs_[output].dtype) && b_.cotangent(static_cast<int>(output)).defined();
  }

  Tensors kept_carries() const {
    Tensors outputs;
    if (a_.keeps_carries) {
      for (std::size_t i = 0; i < outputs_.size(); ++i) {
        outputs.push_back(b_.output(static_cast<int>(i)));
      }
    } else {
      Tensors inputs;
      for (int i = 0; i < b_.input_count(); ++i) inputs.push_back(b_.input(i));
      outputs = apply_all(kScan, std::move(inputs), keeping_carries(a_));
    }
    return Tensors(outputs.end() - a_.carries, outputs.end());
  }

  /// One run of the loop backwards.
  detail::ScanResult run(const Tensors& carry, const Tensors& x) const {
    Tensors inputs(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(first_captured()));
    inputs.insert(inputs.end(), captured_.begin(), captured_.end());

    auto next_carry = carry.begin();
    auto next_x = x.begin() + static_cast<std::ptrdiff_t>(first_captured());
    Tensors cotangents(outputs_.size());
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (i < init_.size()) {
        if (needed_[i]) cotangents[i] = *next_carry++;
      } else if (has_cotangent(i)) {
        cotangents[i] = *next_x++;
      }
    }
    const Tensors parts = pull_back(*a_.body, inputs, cotangents, needed_);

    detail::ScanResult result;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!needed_[i]) continue;
      if (i < init_.size()) {
        result.carry.push_back(or_zeros(parts[i], inputs[i]));
      } else if (i < first_captured()) {
        result.ys.push_back(or_zeros(parts[i], inputs[i]));
      } else {
        const Tensor& sum = *next_carry++;
        result.carry.push_back(parts[i].defined() ? sum + parts[i] : sum);
      }
    }
    return result;
  }

  Tensors sorted(const Tensors& totals, const Tensors& x_cotangents) const {
    auto total = totals.begin();
    auto of_x = x_cotangents.begin();
    Tensors result(needed_.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!needed_[i]) continue;
      const bool is_sequence = i >= init_.size() && i < first_captured();
      result[i] = is_sequence ? *of_x++ : *total++;
    }
    return result;
  }

  const Backward& b_;
  const ScanAttributes& a_;
  Tensors init_, sequences_, captured_;
  std::vector<bool> needed_;         // by input: floating, and wanted
  std::vector<TensorSpec> outputs_;  // of one run
};

Tensors derivative(const Backward& b) { return ScanBackward(b).cotangents(); }

std::int64_t common_length(const Tensors& xs, const ScanOptions& options) {
  std::optional<std::int64_t> length = options.length;
  for (const Tensor& x : xs) {
    if (x.ndim() == 0) {
      throw InvalidArgument("scan: a sequence needs a first dimension to walk along, got {}",
                            x.spec());
    }
    if (length && *length != x.dim(0)) {
      throw InvalidArgument("scan: a sequence {} where the length is {}; all must have one length",
                            x.spec(), *length);
    }
    length = x.dim(0);
  }
  if (!length)
    throw InvalidArgument("scan: there is no sequence; give the length: {{.length = 10}}");
  if (*length < 0) throw InvalidArgument("scan: the length {} is negative", *length);
  return *length;
}

}  // namespace

Rows scan_rows() { return {&kScan}; }

detail::ScanResult detail::scan(const ScanBody& body, const Tensors& init, const Tensors& xs,
                                const ScanOptions& options, const std::vector<std::string>& names) {
  check_defined(init, "scan");
  check_defined(xs, "scan");
  ScanAttributes attributes{.carries = static_cast<int>(init.size()),
                            .sequences = static_cast<int>(xs.size()),
                            .length = common_length(xs, options),
                            .reverse = options.reverse};
  Tensors inputs = init;
  inputs.insert(inputs.end(), xs.begin(), xs.end());
  {
    const PlaceholderScope scope;
    Tensors placeholders = placeholders_like(init, "scan");
    Tensors entries;
    for (const Tensor& x : xs) entries.push_back(placeholder(entry_of(x.spec()), "scan"));
    auto [carry, ys] = body(placeholders, entries);
    check_carry("scan", init, carry, names);
    check_defined(ys, "scan");

    placeholders.insert(placeholders.end(), entries.begin(), entries.end());
    carry.insert(carry.end(), ys.begin(), ys.end());
    auto [program, captured] = close_over(carry, placeholders);
    attributes.body = std::move(program);
    inputs.insert(inputs.end(), captured.begin(), captured.end());
  }
  if (ReverseScope::derivatives_ahead() > 0) attributes = keeping_carries(std::move(attributes));
  const bool keeps_carries = attributes.keeps_carries;
  Tensors outputs = apply_all(kScan, std::move(inputs), std::move(attributes));
  if (keeps_carries) outputs.resize(outputs.size() - init.size());
  const auto first_y = outputs.begin() + static_cast<std::ptrdiff_t>(init.size());
  return {Tensors(outputs.begin(), first_y), Tensors(first_y, outputs.end())};
}

}  // namespace linseed
