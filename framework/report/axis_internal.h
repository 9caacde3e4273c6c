// An axis of a chart: where a value lies, and where the ticks are.
#pragma once

#include <string>
#include <vector>

namespace linseed::page {

struct Tick {
  double value = 0;
  std::string text;
};

/// A scale from the values of an interval to [0, 1].
class Axis {
 public:
  enum class Scale { linear, logarithmic };

  /// From `low` to `high`, both finite; where they are (nearly) the same, a little around them.
  /// Both are greater than 0 on a logarithmic scale.
  Axis(double low, double high, Scale scale = Scale::linear);

  /// The same with the share `space` of itself more at both ends.
  Axis padded(double space) const;

  double low() const { return low_; }
  double high() const { return high_; }
  bool is_logarithmic() const { return scale_ == Scale::logarithmic; }

  /// In [0, 1] for values of the interval.
  double place(double value) const;

  /// Round values of the interval, about `wanted` and never more than twice as many: multiples of
  /// 1, 2 or 5 times a power of ten; on a logarithmic scale powers of ten, or 1, 2 and 5 times
  /// those.
  std::vector<Tick> ticks(int wanted) const;

 private:
  std::vector<Tick> linear_ticks(int wanted) const;
  std::vector<Tick> logarithmic_ticks(int wanted) const;

  double low_;
  double high_;
  Scale scale_;
};

}  // namespace linseed::page
