// The parts of which the table of samples is made.
#pragma once

#include <functional>
#include <map>

#include <linseed/tests/support/samples.h>

namespace linseed::test {

using SampleTable = std::map<std::string, std::vector<Sample>, std::less<>>;

inline Tensor nothing(const Shape& shape) { return Tensor::from(std::vector<double>{}, shape); }

using Unary = Tensor (*)(const Tensor&);

/// A function of one number, on several shapes of numbers in [low, high).
std::vector<Sample> unary(Unary f, double low, double high);

/// The error function and its kin, and rounding.
void add_special_samples(SampleTable& table);

/// What works along an axis, line by line: cumulative sums, sorting.
void add_line_samples(SampleTable& table);

/// Convolution, pooling and their adjoints.
void add_window_samples(SampleTable& table);

/// Loops, choices and other rows that hold programs.
void add_program_samples(SampleTable& table);
void add_replica_samples(SampleTable& table);

}  // namespace linseed::test
