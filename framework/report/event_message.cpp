#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/utf8_internal.h>
#include <linseed/framework/report/clock_internal.h>
#include <linseed/framework/report/event_message_internal.h>

namespace linseed {
namespace {

using protozero::pbf_writer;

// enum DataType of types.proto
enum TensorType { kFloat = 1, kDouble = 2, kString = 7 };
// enum DataClass of summary.proto
enum DataClass { kNoClass = 0, kScalar = 1, kTensor = 2, kBlobSequence = 3 };
// enum DataType of the plug-in's api.proto
enum SettingType { kText = 1, kBool = 2, kNumber = 3 };

/// A text of a field that protocol buffers define as UTF-8.
std::string checked(std::string_view text) {
  if (!is_utf8(text)) throw InvalidArgument("event: a text is no UTF-8");
  return std::string(text);
}

template <class F>
std::string message(const F& fill) {
  std::string data;
  pbf_writer writer(data);
  fill(writer);
  return data;
}

template <class F>
void sub_message(pbf_writer& parent, protozero::pbf_tag_type tag, const F& fill) {
  pbf_writer writer(parent, tag);
  fill(writer);
}

/// Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, tensor = 8,
///   metadata = 9 { plugin_data = 1 { plugin_name = 1, content = 2 }, data_class = 4 } } } }
struct Value {
  std::string_view tag;
  std::string_view plugin;
  DataClass data_class;
  std::string content = {};  // of the plug-in
};

template <class F>
std::string event(const Value& value, std::int64_t step, const F& fill_tensor) {
  return message([&](pbf_writer& event) {
    event.add_double(1, wall_seconds());
    event.add_int64(2, step);
    sub_message(event, 5, [&](pbf_writer& summary) {
      sub_message(summary, 1, [&](pbf_writer& entry) {
        entry.add_string(1, checked(value.tag));
        sub_message(entry, 9, [&](pbf_writer& metadata) {
          sub_message(metadata, 1, [&](pbf_writer& data) {
            data.add_string(1, std::string(value.plugin));
            if (!value.content.empty()) data.add_bytes(2, value.content);
          });
          if (value.data_class != kNoClass) metadata.add_enum(4, value.data_class);
        });
        sub_message(entry, 8, fill_tensor);
      });
    });
  });
}

/// TensorProto { dtype = 1, tensor_shape = 2 { dim = 2 { size = 1 } } }; the values follow.
void begin_tensor(pbf_writer& tensor, TensorType type, const std::vector<std::int64_t>& shape) {
  tensor.add_enum(1, type);
  sub_message(tensor, 2, [&](pbf_writer& dims) {
    for (const std::int64_t size : shape) {
      sub_message(dims, 2, [&](pbf_writer& dim) { dim.add_int64(1, size); });
    }
  });
}

/// google.protobuf.Value { number_value = 2, string_value = 3, bool_value = 4 }
void add_setting(pbf_writer& parent, protozero::pbf_tag_type tag, const HyperParameter& setting) {
  sub_message(parent, tag, [&](pbf_writer& value) {
    if (const auto* number = std::get_if<double>(&setting)) value.add_double(2, *number);
    if (const auto* count = std::get_if<std::int64_t>(&setting)) {
      value.add_double(2, static_cast<double>(*count));
    }
    if (const auto* text = std::get_if<std::string>(&setting)) value.add_string(3, checked(*text));
    if (const auto* flag = std::get_if<bool>(&setting)) value.add_bool(4, *flag);
  });
}

SettingType type_of(const HyperParameter& setting) {
  if (std::holds_alternative<bool>(setting)) return kBool;
  return std::holds_alternative<std::string>(setting) ? kText : kNumber;
}

/// Of the plug-in of hyper-parameters, which shows what is in the metadata; the tensor is empty.
std::string hparams_event(std::string_view tag, std::string content) {
  return event({tag, "hparams", kNoClass, std::move(content)}, 0,
               [](pbf_writer& tensor) { begin_tensor(tensor, kFloat, {0}); });
}

}  // namespace

std::string first_event() {
  return message([](pbf_writer& event) {
    event.add_double(1, wall_seconds());
    event.add_string(3, "brain.Event:2");
  });
}

std::string scalar_event(std::string_view tag, float value, std::int64_t step) {
  return event({tag, "scalars", kScalar}, step, [&](pbf_writer& tensor) {
    begin_tensor(tensor, kFloat, {});
    tensor.add_packed_float(5, &value, &value + 1);
  });
}

std::string image_event(std::string_view tag, std::uint32_t width, std::uint32_t height,
                        const std::string& png, std::int64_t step) {
  return event({tag, "images", kBlobSequence}, step, [&](pbf_writer& tensor) {
    begin_tensor(tensor, kString, {3});
    for (const std::string& part : {std::to_string(width), std::to_string(height), png}) {
      tensor.add_bytes(8, part);
    }
  });
}

std::string histogram_event(std::string_view tag, const std::vector<Bin>& bins, std::int64_t step) {
  std::vector<double> numbers;
  for (const Bin& bin : bins) numbers.insert(numbers.end(), {bin.low, bin.high, bin.count});
  return event({tag, "histograms", kTensor}, step, [&](pbf_writer& tensor) {
    begin_tensor(tensor, kDouble, {static_cast<std::int64_t>(bins.size()), 3});
    tensor.add_packed_double(6, numbers.begin(), numbers.end());
  });
}

std::string text_event(std::string_view tag, std::string_view text, std::int64_t step) {
  return event({tag, "text", kTensor}, step, [&](pbf_writer& tensor) {
    begin_tensor(tensor, kString, {});
    tensor.add_bytes(8, checked(text));
  });
}

std::vector<std::string> hparams_events(
    const std::vector<std::pair<std::string, HyperParameter>>& settings,
    const std::vector<std::string>& metrics) {
  // Experiment { time_created_secs = 3, hparam_infos = 4 { name = 1, type = 4 },
  //   metric_infos = 5 { name = 1 { tag = 2 } } }
  const auto experiment = message([&](pbf_writer& data) {
    sub_message(data, 2, [&](pbf_writer& part) {
      part.add_double(3, wall_seconds());
      for (const auto& setting : settings) {
        sub_message(part, 4, [&](pbf_writer& info) {
          info.add_string(1, checked(setting.first));
          info.add_enum(4, type_of(setting.second));
        });
      }
      for (const std::string& tag : metrics) {
        sub_message(part, 5, [&](pbf_writer& info) {
          sub_message(info, 1, [&](pbf_writer& name) { name.add_string(2, checked(tag)); });
        });
      }
    });
  });
  // SessionStartInfo { hparams = 1 (a map: key = 1, value = 2), start_time_secs = 5 }
  const auto session = message([&](pbf_writer& data) {
    sub_message(data, 3, [&](pbf_writer& part) {
      for (const auto& setting : settings) {
        sub_message(part, 1, [&](pbf_writer& entry) {
          entry.add_string(1, checked(setting.first));
          add_setting(entry, 2, setting.second);
        });
      }
      part.add_double(5, wall_seconds());
    });
  });
  return {hparams_event("_hparams_/experiment", experiment),
          hparams_event("_hparams_/session_start_info", session)};
}

}  // namespace linseed
