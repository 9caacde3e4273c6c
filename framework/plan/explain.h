// A plan as a table, for people.
#pragma once

#include <string>

#include <linseed/framework/plan/plan.h>

namespace linseed {

/// What a plan does and what that costs, one step a row; the steps of the programs inside of a step
/// below it, as 3.1, 3.2, … (with several programs 3a.1, …, 3b.1, …).
///
///   captured tensors: 1
///     %3 = captured [10] float32
///    step  kernel       shapes                                        FLOPs    bytes  module
///       1  convolution  [128,28,28,1], [3,3,1,32] -> [128,28,28,32]  55.1 M  13.2 MB  /Conv_0
///       2  reshape      [128,28,28,32] -> [128,25088]                     0      0 B
///       3  matmul       [128,25088], [25088,10] -> [128,10]          64.2 M  13.9 MB  /Dense_1
///       4  add          [128,10], [10] -> [128,10]                   1.28 k  10.3 kB  /Dense_1
///   total                                                             119 M  27.1 MB
///
/// Shapes are of float32 if no dtype is said. A multiply-add is 2 FLOPs, a multiplication with the
/// padding of a convolution none; what only moves elements has 0, and any other operation 1 for
/// each element of its largest tensor (see Primitive::flops). Of a cond it is the dearer branch, of
/// a while_loop one round. Bytes: each input read once and each output written once.
///
/// After calls under a profile (see start_profile; the last one counts), further columns say how
/// often a step ran, its mean time, the rates, and which share of the roofline that is: the time
/// that its FLOPs or its bytes take at least, whichever is longer, by the time it took.
///
///   … calls     time  GF/s  GB/s  roofline  module
///        20  0.61 ms  90.3  21.6      64 %  /Conv_0
///
/// Below stands what the machine can do with the threads in use, measured once in a process, in
/// about half a second: vector multiply-adds, and y = a x over working sets of several sizes, of
/// which a step's limit is the smallest that holds its bytes. A share above 100 % is one of bytes
/// that were still in a nearer cache, or of a convolution computed with fewer products. Where
/// replicas share threads, each has a part of the machine; the check for NaN takes time too (see
/// set_check_finite).
std::string explain(const Plan& plan);

}  // namespace linseed
