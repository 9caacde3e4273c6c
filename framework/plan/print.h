// Plans as text, for people.
#pragma once

#include <cstdio>
#include <string>

#include <linseed/framework/graph/print.h>
#include <linseed/framework/plan/plan.h>

namespace linseed {

/// The plan with a summary at its end: each value with the place it lives in (input and output with
/// their numbers, arena with the offset in bytes), the plans inside of a step indented below it.
///
///   arena 64 bytes
///   %2:arena+0 = matmul %0:input+0, %1:input+1  [2,4] float32  {…}  /Dense_0
///   %3:output+0 = sum %2:arena+0  [] float32  {axes=[0,1]}
///   2 steps: 1 matmul, 1 sum; arena 64 bytes, outputs 4 in 1 buffer, 0 of them over inputs
std::string describe(const Plan& plan, const PrintOptions& options = {});
void print_plan(const Plan& plan, const PrintOptions& options = {}, std::FILE* to = stdout);

}  // namespace linseed
