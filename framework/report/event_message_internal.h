// Events as protocol buffers, as TensorFlow's event.proto, summary.proto and tensor.proto and
// TensorBoard's plug-in of hyper-parameters number their fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/report/event_writer.h>
#include <linseed/framework/report/histogram_internal.h>

namespace linseed {

/// What a file begins with: the version of its format.
std::string first_event();

// Each with the current time. InvalidArgument for a tag or a text that is no UTF-8.
std::string scalar_event(std::string_view tag, float value, std::int64_t step);
std::string image_event(std::string_view tag, std::uint32_t width, std::uint32_t height,
                        const std::string& png, std::int64_t step);
std::string histogram_event(std::string_view tag, const std::vector<Bin>& bins, std::int64_t step);
std::string text_event(std::string_view tag, std::string_view text, std::int64_t step);
/// The experiment, with what there is to set and to judge by, and the settings of the run.
std::vector<std::string> hparams_events(
    const std::vector<std::pair<std::string, HyperParameter>>& settings,
    const std::vector<std::string>& metrics);

}  // namespace linseed
