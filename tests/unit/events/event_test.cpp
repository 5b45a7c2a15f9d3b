#include "events/event.hpp"

#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "support/paths.hpp"

using events::Event;
using nlohmann::json;

namespace {

const Event approved{"0190a6c2-7f00-7000-8000-100000000001",
                     "/membership",
                     "roleRequest.approved",
                     "0190a6c2-7f00-7000-8000-100000000002",
                     vocabulary::from_unix(1'770'000'000'123),
                     {{"role", "staffUser"}, {"reason", nullptr}}};

std::string text_of(const std::string& path) {
  std::ifstream file(testing::source_root() + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("An event travels as CloudEvents 1.0 and comes out as it went in") {
  const json sent = json::parse(events::to_text(approved));
  CHECK(sent.at("specversion") == "1.0");
  CHECK(sent.at("time") == "2026-02-02T02:40:00.123Z");
  CHECK(sent.at("datacontenttype") == "application/json");
  const auto received = events::parse_event(sent);
  REQUIRE(received);
  CHECK(events::to_text(*received) == sent.dump());
}

TEST_CASE("An event that lacks an attribute or has one of another kind is none") {
  const auto name = GENERATE("specversion", "id", "source", "type", "subject", "time", "data");
  json event = json::parse(events::to_text(approved));
  event.erase(name);
  CHECK_FALSE(events::parse_event(event));
  const json value = GENERATE(json(1), json(nullptr), json(""), json("x\ny"), json::array(),
                              json(std::string(201, 'x')));
  if (std::string(name) == "data" || !value.is_string() || value != "x\ny") {
    event[name] = value;
    CHECK_FALSE(events::parse_event(event));
  }
}

TEST_CASE("Attributes this version does not know are ignored") {
  json event = json::parse(events::to_text(approved));
  event["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CHECK(events::parse_event(event));
}

TEST_CASE("An event of another CloudEvents version or content type is none") {
  json event = json::parse(events::to_text(approved));
  event["specversion"] = "0.3";
  CHECK_FALSE(events::parse_event(event));
  event = json::parse(events::to_text(approved));
  event["datacontenttype"] = "text/xml";
  CHECK_FALSE(events::parse_event(event));
}

TEST_CASE("The services' schemas hold the tables of the outbox and the inbox") {
  const auto migration = [](const std::string& service) {
    return text_of("services/" + service + "/storage/migrations/0001_create_tables.sql");
  };
  const std::string outbox = text_of("libs/events/outbox.sql");
  const std::string inbox = text_of("libs/events/inbox.sql");
  REQUIRE_FALSE(outbox.empty());
  REQUIRE_FALSE(inbox.empty());
  CHECK(migration("identity").find(outbox) != std::string::npos);
  CHECK(migration("membership").find(outbox) != std::string::npos);
  CHECK(migration("membership").find(inbox) != std::string::npos);
  CHECK(migration("notification").find(inbox) != std::string::npos);
}
