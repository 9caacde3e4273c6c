#include <linseed/framework/report/settings_internal.h>

namespace linseed {

nlohmann::ordered_json parse_object(std::string_view text, int depth) {
  using Json = nlohmann::ordered_json;
  const auto is_shallow = [=](int here, Json::parse_event_t, Json&) { return here <= depth; };
  Json json = Json::parse(text, is_shallow, /*allow_exceptions=*/false);
  return json.is_object() ? json : Json();
}

}  // namespace linseed
