#include <future>
#include <set>

#include <catch2/catch.hpp>

#include "support/notification_running.hpp"

using namespace told;

namespace {

RunningNotification running() {
  return RunningNotification(GENERATE(from_range(testing::database_kinds())));
}

std::vector<std::string> kinds(const Json& items) {
  std::vector<std::string> kinds;
  for (const auto& item : items) kinds.push_back(item.at("kind"));
  return kinds;
}

}  // namespace

TEST_CASE("A role request is told to every official in the application, and to nobody else") {
  const auto service = running();
  const auto fact = role_request(RoleRequestAct::created);

  service.tell({event_of(fact)});

  for (const auto& official : {elizabeth, grace}) {
    const auto items = service.items(official);
    REQUIRE(items.size() == 1);
    CHECK(items[0].at("kind") == "roleRequestReceived");
    CHECK(items[0].at("title") == "Role request from Thomas Miller, MD");
    CHECK(items[0].at("readAt").is_null());
    CHECK(items[0].at("resolvedAt").is_null());
    CHECK(items[0].at("data") ==
          Json{{"roleRequestId", fact.role_request.text()}, {"organizationId", clinic.id.text()}});
  }
  CHECK(service.items(thomas).empty());
}

TEST_CASE(
    "A decision is told to requester and decider, and resolves what all officials were told") {
  const auto service = running();
  auto fact = role_request(RoleRequestAct::created);
  service.tell({event_of(fact)});
  const auto act = GENERATE(RoleRequestAct::approved, RoleRequestAct::denied);
  fact.act = act;
  fact.decided_by = elizabeth;

  service.tell({event_of(fact)});

  CHECK(kinds(service.items(thomas)) == std::vector<std::string>{act == RoleRequestAct::approved
                                                                     ? "roleRequestApproved"
                                                                     : "roleRequestDenied"});
  CHECK(kinds(service.items(elizabeth)) ==
        std::vector<std::string>{"roleRequestDecidedByYou", "roleRequestReceived"});
  CHECK(kinds(service.items(grace)) == std::vector<std::string>{"roleRequestReceived"});
  CHECK(service.items(elizabeth)[1].at("resolvedAt").is_string());
  CHECK(service.items(grace)[0].at("resolvedAt").is_string());
  CHECK(service.items(thomas)[0].at("resolvedAt").is_null());
}

TEST_CASE("A request that is withdrawn, expired or superseded is resolved for every official") {
  const auto service = running();
  auto fact = role_request(RoleRequestAct::created);
  service.tell({event_of(fact)});
  fact.act =
      GENERATE(RoleRequestAct::withdrawn, RoleRequestAct::expired, RoleRequestAct::superseded);

  service.tell({event_of(fact)});

  CHECK(service.items(elizabeth)[0].at("resolvedAt").is_string());
  CHECK(service.items(grace)[0].at("resolvedAt").is_string());
  CHECK(service.items(thomas).empty());
}

TEST_CASE("Reminders, an escalation, a digest and advice are told, and a decision resolves them") {
  const auto service = running();
  auto fact = role_request(RoleRequestAct::reminder_due);
  service.tell({event_of(fact)});
  fact.act = RoleRequestAct::escalated;
  service.tell({event_of(fact), event_of(digest()),
                event_of(SingleSecurityOfficial{clinic, grace.account})});
  CHECK(kinds(service.items(elizabeth)) == std::vector<std::string>{"roleRequestReminder"});
  CHECK(kinds(service.items(thomas)) == std::vector<std::string>{"roleRequestEscalated"});
  CHECK(kinds(service.items(grace)) ==
        std::vector<std::string>{"singleSecurityOfficial", "roleRequestReminder"});

  fact.act = RoleRequestAct::approved;
  fact.decided_by = elizabeth;
  service.tell({event_of(fact)});

  CHECK(service.items(elizabeth)[1].at("resolvedAt").is_string());
  CHECK(service.items(thomas)[1].at("resolvedAt").is_string());
  CHECK(service.items(grace)[0].at("resolvedAt").is_null());
}

TEST_CASE("A changed registration is told to every other Security Official") {
  const auto service = running();
  service.tell({event_of(registration(true)), event_of(registration(false))});
  CHECK(kinds(service.items(grace)) ==
        std::vector<std::string>{"registrationChanged", "registrationChanged"});
  CHECK(service.items(grace)[0].at("text") ==
        "Elizabeth Blackwell changed a registration: Acme Clinic, LLC is no longer registered for "
        "CAHPS for MIPS Survey 2026.");
  CHECK(service.items(elizabeth).empty());
}

TEST_CASE("A reopened request is told to its requester and waits for every official again") {
  const auto service = running();
  auto fact = role_request(RoleRequestAct::created);
  service.tell({event_of(fact)});
  fact.decided_by = elizabeth;
  fact.act = RoleRequestAct::denied;
  service.tell({event_of(fact)});
  fact.act = RoleRequestAct::reopened;

  service.tell({event_of(fact)});

  CHECK(kinds(service.items(thomas)) ==
        std::vector<std::string>{"roleRequestReopened", "roleRequestDenied"});
  CHECK(kinds(service.items(grace)) ==
        std::vector<std::string>{"roleRequestReceived", "roleRequestReceived"});
  CHECK(service.items(grace)[0].at("resolvedAt").is_null());
  CHECK(service.items(grace)[1].at("resolvedAt").is_string());
  CHECK(service.items(thomas)[0].at("resolvedAt").is_null());
}

TEST_CASE("A removal is confirmed to the remover and told to the removed and the other officials") {
  const auto service = running();
  const auto fact = removal();

  service.tell({event_of(fact)});

  CHECK(kinds(service.items(thomas)) == std::vector<std::string>{"accessRemoved"});
  CHECK(kinds(service.items(elizabeth)) == std::vector<std::string>{"accessRemovedByYou"});
  CHECK(kinds(service.items(grace)) == std::vector<std::string>{"memberRemoved"});
  CHECK(service.items(thomas)[0].at("data") ==
        Json{{"membershipId", fact.membership.text()}, {"organizationId", clinic.id.text()}});
}

TEST_CASE("An event is taken once, however often and however many at a time it comes") {
  const auto service = running();
  const auto event = event_of(role_request(RoleRequestAct::approved));

  service.tell({event, event});
  std::vector<std::future<void>> repeats;
  for (int i = 0; i < 8; ++i) {
    repeats.push_back(std::async(std::launch::async, [&] { service.tell({event}); }));
  }
  for (auto& repeat : repeats) repeat.get();
  const auto fresh = event_of(removal());
  repeats.clear();
  for (int i = 0; i < 8; ++i) {
    repeats.push_back(std::async(std::launch::async, [&] { service.tell({fresh}); }));
  }
  for (auto& repeat : repeats) repeat.get();

  CHECK(kinds(service.items(thomas)) ==
        std::vector<std::string>{"accessRemoved", "roleRequestApproved"});
  CHECK(service.value("SELECT COUNT(*) FROM emails") == "5");
}

TEST_CASE("An event of an unknown type is taken, and does nothing") {
  const auto service = running();
  auto event = event_of(removal());
  event.type = "membership.admired";
  service.tell({event});
  CHECK(service.items(thomas).empty());
}

TEST_CASE("An event with malformed data is refused, and leaves nothing behind") {
  const auto service = running();
  auto event = event_of(removal());
  event.data["member"]["name"] = 7;

  const auto answer = service.post({event, event_of(role_request(RoleRequestAct::approved))});

  CHECK(answer.status == 200);
  CHECK(answer.body().at("results")[0].at("outcome") == "refused");
  CHECK(answer.body().at("results")[0].at("detail") == "data.member.name is not text");
  CHECK(service.value("SELECT COUNT(*) FROM inbox WHERE event_id = '" + event.id + "'") == "0");
}

TEST_CASE("Only a service's own credential for this service opens the internal listener") {
  const auto service = running();
  const std::string batch = "application/cloudevents-batch+json";
  CHECK(service.internally_as(thomas)
            .send("POST", "/internal/v1/events", "[]", {{"Content-Type", batch}})
            .status == 401);
  CHECK(service.as_service()
            .with_token("")
            .send("POST", "/internal/v1/events", "[]", {{"Content-Type", batch}})
            .status == 401);
  CHECK(service.as_service().with_token("").get("/internal/v1/parked-emails").status == 401);
  CHECK(service.post({}).status == 200);
  CHECK(service.as_nobody().get("/internal/v1/parked-emails").status == 404);
}

TEST_CASE("Notifications are read one by one or all at once, and stay read") {
  auto service = running();
  service.tell({event_of(role_request(RoleRequestAct::created)),
                event_of(role_request(RoleRequestAct::created)),
                event_of(role_request(RoleRequestAct::created))});
  auto client = service.as(elizabeth);
  const auto unread = [&] {
    return client.get("/v1/notifications/unread-count").body().at("unreadCount").get<int>();
  };
  CHECK(unread() == 3);

  const std::string path =
      "/v1/notifications/" + service.items(elizabeth)[1].at("id").get<std::string>() + "/mark-read";
  const auto marked = client.post(path);
  CHECK(marked.status == 200);
  CHECK(marked.body() == service.items(elizabeth)[1]);
  CHECK(marked.body().at("readAt").is_string());
  CHECK(unread() == 2);
  CHECK(service.items(elizabeth, "?unread=true").size() == 2);

  service.put_clock_forward(std::chrono::minutes(1));
  CHECK(client.post(path).text == marked.text);

  CHECK(client.post("/v1/notifications/mark-all-read").body() == Json{{"markedCount", 2}});
  CHECK(client.post("/v1/notifications/mark-all-read").body() == Json{{"markedCount", 0}});
  CHECK(unread() == 0);
  CHECK(service.items(elizabeth, "?unread=true").empty());
  CHECK(service.items(elizabeth, "?unread=false").size() == 3);
  CHECK(service.as(grace).get("/v1/notifications/unread-count").body().at("unreadCount") == 3);
}

TEST_CASE("Marking is answered once per Idempotency-Key") {
  const auto service = running();
  service.tell({event_of(role_request(RoleRequestAct::created))});
  auto client = service.as(elizabeth);
  const testing::Headers key{{"Idempotency-Key", "mark-all-of-it"}};

  const auto first = client.post("/v1/notifications/mark-all-read", Json::object(), key);
  const auto again = client.post("/v1/notifications/mark-all-read", Json::object(), key);

  CHECK(first.body() == Json{{"markedCount", 1}});
  CHECK(again.text == first.text);
  CHECK(again.header("idempotency-replayed") == "true");
}

TEST_CASE("A notification of somebody else and one that is not there are the same 404") {
  const auto service = running();
  service.tell({event_of(role_request(RoleRequestAct::created))});
  const std::string theirs = service.items(elizabeth)[0].at("id");

  const auto not_mine = service.as(grace).post("/v1/notifications/" + theirs + "/mark-read");
  const auto not_there = service.as(grace).post("/v1/notifications/" +
                                                NotificationId::generate().text() + "/mark-read");
  const auto no_id = service.as(grace).post("/v1/notifications/7/mark-read");

  for (const auto* answer : {&not_mine, &not_there, &no_id}) {
    CHECK(answer->status == 404);
    CHECK(answer->problem() == "not-found");
    auto body = answer->body();
    body.erase("requestId");
    auto expected = not_there.body();
    expected.erase("requestId");
    CHECK(body == expected);
  }
  CHECK(service.items(elizabeth)[0].at("readAt").is_null());
}

TEST_CASE("Pages of notifications meet without gap or repeat, newest first, while more arrive") {
  const auto service = running();
  std::vector<events::Event> events;
  for (int i = 0; i < 25; ++i) events.push_back(event_of(role_request(RoleRequestAct::created)));
  service.tell(events);

  std::vector<std::string> seen;
  std::string query = "?limit=10";
  for (int pages = 1;; ++pages) {
    const auto page = service.as(elizabeth).get("/v1/notifications" + query).body();
    for (const auto& item : page.at("items")) {
      seen.push_back(item.at("data").at("roleRequestId"));
    }
    if (page.at("nextCursor").is_null()) {
      CHECK(pages == 3);
      break;
    }
    CHECK(page.at("items").size() == 10);
    query = "?limit=10&cursor=" + page.at("nextCursor").get<std::string>();
    service.tell({event_of(role_request(RoleRequestAct::created))});
  }

  std::vector<std::string> sent;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    sent.push_back(event->data.at("roleRequestId"));
  }
  CHECK(seen == sent);
}

TEST_CASE("Bad queries and bodies are named by their field") {
  const auto service = running();
  auto client = service.as(elizabeth);
  for (const std::string query : {"limit=0", "limit=201", "limit=x", "cursor=x", "cursor=MQ",
                                  "unread=maybe", "sort=name", "limit=1&limit=2"}) {
    CAPTURE(query);
    const auto answer = client.get("/v1/notifications?" + query);
    CHECK(answer.status == 422);
    REQUIRE(answer.problem() == "invalid-fields");
    CHECK(answer.body().at("errors")[0].at("pointer") == "?" + query.substr(0, query.find('=')));
  }
  const auto answer = client.post("/v1/notifications/mark-all-read", {{"all", true}});
  CHECK(answer.status == 422);
  CHECK(answer.body().at("errors")[0].at("pointer") == "/all");
}

TEST_CASE("Notifications are for people who are signed in, the support contact for anybody") {
  const auto service = running();
  for (const char* path : {"/v1/notifications", "/v1/notifications/unread-count"}) {
    CHECK(service.as_nobody().get(path).status == 401);
  }
  CHECK(service.as_nobody().post("/v1/notifications/mark-all-read").status == 401);
  const auto contact = service.as_nobody().get("/v1/support-contact");
  CHECK(contact.status == 200);
  CHECK(contact.body() == Json{{"phone", "1-866-288-8292"},
                               {"teletypewriter", "711"},
                               {"emailAddress", "QPP@cms.hhs.gov"},
                               {"hours", "Monday to Friday, 8 a.m. to 8 p.m. ET"}});
}
