// `linseed inspect`: what a checkpoint holds, and whether it is healthy.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/report/health.h>

namespace linseed::command {

/// File, step, version, configuration; the tree of tensors with their shapes and numbers.
std::string contents_text(const CheckpointFile& file, const Paint& paint);

/// A line that says how the BatchNorm layers are; then what was found, trouble by trouble.
std::string health_text(const Health& health, const Paint& paint);

/// All of both.
nlohmann::ordered_json inspect_json(const CheckpointFile& file, const Health& health);

}  // namespace linseed::command
