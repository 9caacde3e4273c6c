// Findings in words.
#pragma once

#include <linseed/framework/report/health.h>

namespace linseed {

/// A finding with the cause and the remedy of its trouble. `updates`: of the averages, if known.
Finding make_finding(Trouble trouble, std::string path, std::string what,
                     std::optional<std::int64_t> updates = {});

/// A finding at elements of `tensor`; `what` becomes "channels 3 and 7 of 32, WORST -0.0012".
Finding make_finding(Trouble trouble, std::string path, const Tensor& tensor,
                     std::vector<std::int64_t> indices, std::string_view worst, double value,
                     std::optional<std::int64_t> updates = {});

}  // namespace linseed
