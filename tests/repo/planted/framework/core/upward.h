// Planted faults: core includes what stands on it.
#pragma once

#include <vector>

#include <linseed/framework/core/upward.h>
#include <linseed/framework/kernels/heavy.h>
#include <linseed/framework/ops/fine.h>

#include <Eigen/Core>
//#include <linseed/framework/plan/commented_out.h>
