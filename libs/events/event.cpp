#include "events/event.hpp"

namespace events {

namespace {

constexpr std::size_t attribute_max = 200;

std::optional<std::string> attribute(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  auto text = found->get<std::string>();
  if (text.empty() || text.size() > attribute_max) return std::nullopt;
  return text;
}

}  // namespace

nlohmann::json to_json(const Event& event) {
  return {{"specversion", "1.0"},
          {"id", event.id},
          {"source", event.source},
          {"type", event.type},
          {"subject", event.subject},
          {"time", vocabulary::to_text(event.time)},
          {"datacontenttype", "application/json"},
          {"data", event.data}};
}

std::optional<Event> parse_event(const nlohmann::json& json) {
  if (!json.is_object() || attribute(json, "specversion") != "1.0") return std::nullopt;
  if (json.contains("datacontenttype") &&
      attribute(json, "datacontenttype") != "application/json") {
    return std::nullopt;
  }
  auto id = attribute(json, "id");
  auto source = attribute(json, "source");
  auto type = attribute(json, "type");
  auto subject = attribute(json, "subject");
  const auto time = vocabulary::parse_timestamp(attribute(json, "time").value_or(""));
  const auto data = json.find("data");
  if (!id || !source || !type || !subject || !time || data == json.end() || !data->is_object()) {
    return std::nullopt;
  }
  return Event{*std::move(id), *std::move(source), *std::move(type), *std::move(subject), *time,
               *data};
}

}  // namespace events
