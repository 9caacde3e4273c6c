// Curves as characters.
#pragma once

#include <string>
#include <vector>

namespace example {

/// A run's losses (or whatever else falls), step by step, and how to call it.
struct Curve {
  std::string name;
  std::vector<float> values;
};

/// The mean over steps [step, step + count). InvalidArgument if the curve ends before.
float mean_of(const Curve& curve, std::size_t step, std::size_t count);

/// The curves side by side, each as at most ten lines: the mean over as many steps each, as a bar
/// and a number. The longest bar has 30 characters. InvalidArgument if the curves differ in length.
std::string draw_curves(const std::vector<Curve>& curves);

}  // namespace example
