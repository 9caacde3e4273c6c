// How many threads linseed computes with.
#pragma once

namespace linseed {

/// Sets the number of threads of all later evaluations; InvalidArgument if it is not positive.
/// The results do not depend on it. The default is the environment's LINSEED_NUM_THREADS, else one
/// per core this process may run on.
void set_num_threads(int threads);
int num_threads();

}  // namespace linseed
