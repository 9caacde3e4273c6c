// Comparing what a checkpoint holds with what a program asks for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/state.h>

namespace linseed::io {

/// A tensor that was asked for, and where it is.
struct Match {
  std::string name;
  const StoredState* stored;
};

/// The part of `stored` at the path `at`, of escaped names; InvalidArgument, beginning with `who`,
/// that lists what there is instead.
const StoredState& find_part(const StoredState& stored, std::string_view at,
                             const std::string& who);

/// For each tensor of `target`, in order, its stored namesake. InvalidArgument, beginning with
/// `who`, that lists every difference: tensors missing, superfluous, of another shape or dtype.
std::vector<Match> match(const StoredState& stored, const State& target, const std::string& who);

}  // namespace linseed::io
