#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "vocabulary/timestamp.hpp"

namespace events {

/// A fact one service tells another: CloudEvents 1.0, structured JSON.
struct Event {
  std::string id;       // UUIDv7; with source, the identity of the fact
  std::string source;   // "/identity", "/membership"
  std::string type;     // "roleRequest.approved": past tense, camelCase
  std::string subject;  // what it is about; order is kept per subject
  vocabulary::Timestamp time;
  nlohmann::json data;  // an object
};

/// As it travels: JSON.
std::string to_text(const Event& event);
/// nullopt when it is not a CloudEvents 1.0 object with these attributes.
std::optional<Event> parse_event(const nlohmann::json& json);

}  // namespace events
