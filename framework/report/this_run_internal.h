// What computes here.
#pragma once

#include <string>

#include <linseed/framework/report/metrics.h>

namespace linseed {

/// A run that begins now, by this program on this machine.
MetricsRun this_run(std::string config);

}  // namespace linseed
