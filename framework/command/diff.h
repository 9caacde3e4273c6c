// `linseed diff`: what two checkpoints have in common and what not.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/command/comparison.h>
#include <linseed/framework/io/checkpoint_file.h>

namespace linseed::command {

/// The `top` tensors that changed most, in columns, 0: all; then names that one state alone has.
std::string changes_text(const Comparison& comparison, std::size_t top, const Paint& paint);

nlohmann::ordered_json diff_json(const CheckpointFile& a, const CheckpointFile& b,
                                 const Comparison& comparison);

}  // namespace linseed::command
