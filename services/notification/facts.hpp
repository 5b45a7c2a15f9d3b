#pragma once

#include <optional>

#include "events/event.hpp"
#include "notification/domain/fact.hpp"

namespace notification {

/// What the event says; nullopt for a type this service does not know. Throws
/// std::invalid_argument, naming the member, when the data of a known type is not as agreed.
std::optional<Fact> parse_fact(const events::Event& event);

}  // namespace notification
