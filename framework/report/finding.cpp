#include <linseed/framework/report/finding_internal.h>

#include <algorithm>

#include <fmt/format.h>

namespace linseed {
namespace {

struct Words {
  std::string_view name, cause, remedy;
};

constexpr std::string_view kRecalibrate =
    "`linseed recalibrate` makes the averages anew from data, or take an older checkpoint";

Words words_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::non_finite:
      return {
          "non_finite", "a step of the run met values that are not finite",
          "take an older checkpoint; LINSEED_CHECK_FINITE=1 names the operation that made them"};
    case Trouble::negative_variance:
      return {"negative_variance",
              "no variance is negative: it was computed as E[x²] − E[x]², or imported amiss",
              kRecalibrate};
    case Trouble::constant_channel:
      return {"constant_channel",
              "the channel has had one value throughout: zero weights before it, or a ReLU that is "
              "never open",
              "look at the layer before; a smaller learning rate, or leave the channel out"};
    case Trouble::never_updated:
      return {"never_updated",
              "training dropped the new state that stateful(…) returns, or set "
              "use_running_average",
              "keep the new state at each step; for this file, `linseed recalibrate`"};
    case Trouble::few_updates:
      return {"few_updates", "too few updates for this momentum",
              "train longer, lower the momentum (0.9), or `linseed recalibrate`"};
    case Trouble::replica_drift:
      return {"replica_drift", "each replica kept averages of its own",
              "save unreplicate(sync_batch_stats(state)), or train with BatchNorm's .axis_name"};
    case Trouble::dead_channel:
      return {"dead_channel", "weight decay on scale, or a scale that began at 0 and never learned",
              "leave scale and bias out of the decay; a channel that stays so can go"};
    case Trouble::pinned_channel:
      return {"pinned_channel", "a ReLU behind it is shut for all inputs, and has no gradient",
              "a smaller learning rate; harmless where no ReLU follows"};
    case Trouble::other_shape:
      return {"other_shape", "averages and parameters are of different models",
              "save both together, from one step"};
  }
  return {};
}

/// "3", or "[1,3]" where one number does not say it.
std::string index_text(std::int64_t flat, const Shape& shape) {
  if (shape.ndim() < 2) return std::to_string(flat);
  Shape index = shape;
  for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
    index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return to_string(index);
}

std::string number(double value) { return fmt::format("{:.3g}", value); }

}  // namespace

std::string_view name(Trouble trouble) { return words_of(trouble).name; }

Finding make_finding(Trouble trouble, std::string path, std::string what,
                     std::optional<std::int64_t> updates) {
  const Words words = words_of(trouble);
  Finding finding{.trouble = trouble,
                  .path = std::move(path),
                  .what = std::move(what),
                  .cause = std::string(words.cause),
                  .remedy = std::string(words.remedy)};
  if (trouble == Trouble::never_updated && updates.value_or(0) == 0) {
    finding.cause = "the model is not trained yet";
    finding.remedy = "train it before it is evaluated";
  }
  return finding;
}

Finding make_finding(Trouble trouble, std::string path, const Tensor& tensor,
                     std::vector<std::int64_t> indices, std::string_view worst, double value,
                     std::optional<std::int64_t> updates) {
  constexpr std::size_t kShown = 6;
  std::string list;
  for (std::size_t i = 0; i < std::min(indices.size(), kShown); ++i) {
    const bool is_last = i > 0 && i + 1 == indices.size();
    list += fmt::format("{}{}",
                        i == 0    ? ""
                        : is_last ? " and "
                                  : ", ",
                        index_text(indices[i], tensor.shape()));
  }
  const bool is_channel = trouble != Trouble::non_finite || tensor.ndim() == 1;
  std::string what = fmt::format("{}{} {}", is_channel ? "channel" : "element",
                                 indices.size() == 1 ? "" : "s", list);
  if (indices.size() > kShown) what += fmt::format(", … ({} in all)", indices.size());
  what +=
      fmt::format(" of {}: {}{}{}", tensor.size(), worst, worst.empty() ? "" : " ", number(value));
  Finding finding = make_finding(trouble, std::move(path), std::move(what), updates);
  finding.indices = std::move(indices);
  finding.value = value;
  return finding;
}

}  // namespace linseed
