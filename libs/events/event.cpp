#include "events/event.hpp"

#include "web/json.hpp"

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

std::string to_text(const Event& event) {
  const web::Json attributes = {{"datacontenttype", "application/json"},
                                {"id", event.id},
                                {"source", event.source},
                                {"specversion", "1.0"},
                                {"subject", event.subject},
                                {"time", vocabulary::to_text(event.time)},
                                {"type", event.type}};
  return "{\"data\":" + event.data.dump() + ',' + attributes.text().substr(1);
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
