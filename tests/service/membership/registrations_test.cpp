#include "membership/registrations.hpp"

#include "membership/domain/registration_window_file.hpp"
#include "support/membership_guide.hpp"

using namespace testing;

namespace {

/// Acme has so many clinicians, and both programs have a window around now.
struct Practice : Guide {
  explicit Practice(std::int64_t clinicians) : Guide(GENERATE(from_range(database_kinds()))) {
    const auto year = performance_year_at(service.now());
    service.database().write([&](database::Transaction& transaction) {
      Store store(transaction);
      acme.clinician_count = clinicians;
      store.describe(acme);
      for (const auto& [program, least] : {std::pair(Program::cms_web_interface, 25),
                                           std::pair(Program::cahps_for_mips_survey, 2)}) {
        store.put_registration_window(program, year,
                                      {service.now() - 1h, service.now() + 1h, least});
      }
    });
  }

  Json year() const { return {{"performanceYear", performance_year_at(service.now())}}; }
  std::string path(const std::string& program, const std::string& verb) const {
    return path_of(acme, "registrations/" + program + "/" + verb);
  }
  Answer do_register(const AccountId& who, const std::string& program = "cmsWebInterface") {
    return service.as(who, false).post(path(program, "register"), year());
  }
  Answer cancel(const AccountId& who, const std::string& etag,
                const std::string& program = "cmsWebInterface") {
    return service.as(who, false).post(path(program, "cancel"), year(), {{"If-Match", etag}});
  }
  Json card(const AccountId& who) { return service.as(who).get(path_of(acme)).body(); }
};

}  // namespace

TEST_CASE("S10: The card shows both programs, and what Security Officials may do about each") {
  Practice practice(24);

  const Json official = practice.card(practice.elizabeth);
  const Json staff = practice.card(practice.rebecca);

  CHECK(official["clinicianCount"] == 24);
  REQUIRE(official["registrations"].size() == 2);
  const Json& web_interface = official["registrations"][0];
  CHECK(web_interface["program"] == "cmsWebInterface");
  CHECK(web_interface["performanceYear"] == practice.year()["performanceYear"]);
  CHECK(web_interface["status"] == "notRegistered");
  CHECK(web_interface["minimumClinicianCount"] == 25);
  CHECK(web_interface["opensAt"] == vocabulary::to_text(practice.service.now() - 1h));
  CHECK(web_interface["allowedActions"] == Json::array());  // too small
  CHECK(official["registrations"][1]["program"] == "cahpsForMipsSurvey");
  CHECK(official["registrations"][1]["allowedActions"] == Json::array({"register"}));
  for (const Json& registration : staff["registrations"]) {
    CHECK(registration["allowedActions"] == Json::array());
  }
  CHECK(
      practice.service.as(practice.elizabeth).get("/v1/manage-access").body()["organizations"][0] ==
      official);
}

TEST_CASE("S10: A Security Official registers, again gets the same, and cancels what was shown") {
  Practice practice(25);

  const auto first = practice.do_register(practice.elizabeth);
  const auto again = practice.do_register(practice.florian);

  REQUIRE(first.status == 200);
  CHECK(first.body()["status"] == "registered");
  CHECK(first.body()["allowedActions"] == Json::array({"cancel"}));
  CHECK(first.header("etag") == "\"1\"");
  CHECK(first.body()["etag"] == "\"1\"");
  CHECK(again.status == 200);
  CHECK(again.text == first.text);
  CHECK(practice.card(practice.rebecca)["registrations"][0]["status"] == "registered");

  CHECK(practice.service.as(practice.elizabeth)
            .post(practice.path("cmsWebInterface", "cancel"), practice.year())
            .problem() == "precondition-required");
  CHECK(practice.cancel(practice.elizabeth, "\"7\"").problem() == "precondition-failed");
  const auto cancelled = practice.cancel(practice.florian, first.header("etag"));
  REQUIRE(cancelled.status == 200);
  CHECK(cancelled.body()["status"] == "notRegistered");
  CHECK(cancelled.header("etag") == "\"2\"");
  CHECK(practice.cancel(practice.florian, first.header("etag")).text == cancelled.text);
  CHECK(practice.service.as(practice.elizabeth)
            .post(practice.path("cmsWebInterface", "register"), practice.year(),
                  {{"If-Match", "\"1\""}})
            .problem() == "precondition-failed");
  CHECK(practice.do_register(practice.elizabeth).header("etag") == "\"3\"");
  CHECK(practice.service.count("SELECT COUNT(*) FROM audit_entries WHERE outcome IN"
                               " ('registered', 'registrationCancelled')") == 3);
  CHECK(practice.service.count("SELECT COUNT(*) FROM registrations") == 1);
}

TEST_CASE("S10: Each change of a registration is told, with who made it, and on record") {
  Practice practice(25);
  const auto etag = practice.do_register(practice.elizabeth).header("etag");
  practice.do_register(practice.elizabeth);  // changes nothing
  practice.cancel(practice.florian, etag);

  const auto events = practice.service.events();
  REQUIRE(events.size() == 2);
  for (const Json& event : events) {
    CHECK(event["type"] == "registration.changed");
    CHECK(event["subject"] == practice.acme.id.text());
    CHECK(event["data"]["program"] == "cmsWebInterface");
    CHECK(event["data"]["performanceYear"] == practice.year()["performanceYear"]);
    CHECK(event["data"]["securityOfficials"].size() == 2);
  }
  CHECK(events[0]["data"]["status"] == "registered");
  CHECK(events[0]["data"]["changedBy"] ==
        Json{{"accountId", practice.elizabeth.text()}, {"name", "Elizabeth Blackwell"}});
  CHECK(events[1]["data"]["status"] == "notRegistered");
  CHECK(events[1]["data"]["changedBy"]["name"] == "Florian Parker");

  const auto audit = list_of(
      practice.service.as(practice.florian).get(path_of(practice.acme, "audit")));  // newest first
  REQUIRE(audit.size() >= 2);
  CHECK(audit[0]["outcome"] == "registrationCancelled");
  CHECK(audit[1]["outcome"] == "registered");
}

TEST_CASE("S10: Only Security Officials register and cancel, and strangers learn nothing") {
  Practice practice(25);
  const std::string etag = practice.do_register(practice.elizabeth).header("etag");

  CHECK(practice.do_register(practice.rebecca, "cahpsForMipsSurvey").problem() ==
        "not-a-security-official");
  CHECK(practice.cancel(practice.rebecca, etag).problem() == "not-a-security-official");
  CHECK(practice.service.count("SELECT COUNT(*) FROM audit_entries"
                               " WHERE outcome = 'not-a-security-official'") == 2);
  CHECK(practice.do_register(practice.stranger).problem() == "not-found");
  CHECK(practice.cancel(practice.stranger, etag).problem() == "not-found");
  auto stranger = practice.service.as(practice.stranger);
  CHECK(stranger.get(path_of(practice.acme, "registrations")).problem() == "not-found");
  CHECK(practice.service.as(practice.elizabeth)
            .post(practice.path("mips", "register"), practice.year())
            .problem() == "not-found");
}

TEST_CASE("S10: Outside the window nobody registers or cancels") {
  Practice practice(25);
  const auto registered = practice.do_register(practice.elizabeth);
  practice.service.advance(1h);  // the first instant that is too late
  const bool same_year = practice.year()["performanceYear"] == registered.body()["performanceYear"];

  CHECK(practice.do_register(practice.elizabeth, "cahpsForMipsSurvey").problem() ==
        "registration-window-closed");
  if (same_year) {
    CHECK(practice.cancel(practice.elizabeth, registered.header("etag")).problem() ==
          "registration-window-closed");
    CHECK(practice.do_register(practice.elizabeth).status == 200);  // is so already
    CHECK(practice.card(practice.elizabeth)["registrations"][0]["allowedActions"] == Json::array());
  }
  // A year of which nobody has said anything.
  const auto unknown =
      practice.service.as(practice.elizabeth)
          .post(practice.path("cmsWebInterface", "register"), {{"performanceYear", 2099}});
  CHECK(unknown.problem() == "registration-window-closed");
  const auto listed = practice.service.as(practice.rebecca)
                          .get(path_of(practice.acme, "registrations?performanceYear=2099"));
  REQUIRE(listed.status == 200);
  CHECK(listed.body()["items"].size() == 2);
  CHECK(listed.body()["items"][0]["opensAt"].is_null());
  CHECK(listed.body()["nextCursor"].is_null());
}

TEST_CASE("S10: Web Interface needs 25 clinicians and CAHPS 2, but who has shrunk may cancel") {
  Practice practice(25);
  const auto registered = practice.do_register(practice.elizabeth);
  const auto shrink_to = [&](std::int64_t clinicians) {
    practice.service.database().write([&](database::Transaction& transaction) {
      practice.acme.clinician_count = clinicians;
      Store(transaction).describe(practice.acme);
    });
  };
  shrink_to(1);
  CHECK(practice.do_register(practice.elizabeth, "cahpsForMipsSurvey").problem() ==
        "too-few-clinicians");
  CHECK(practice.cancel(practice.elizabeth, registered.header("etag")).status == 200);
  CHECK(practice.do_register(practice.elizabeth).problem() == "too-few-clinicians");
  shrink_to(2);
  CHECK(practice.do_register(practice.elizabeth, "cahpsForMipsSurvey").status == 200);
}

TEST_CASE("A performance year that is none is named") {
  Practice practice(25);
  auto elizabeth = practice.service.as(practice.elizabeth);
  const auto pointer = [](const Answer& answer) {
    REQUIRE(answer.problem() == "invalid-fields");
    return answer.body()["errors"][0]["pointer"].get<std::string>();
  };
  CHECK(pointer(elizabeth.post(practice.path("cmsWebInterface", "register"))) ==
        "/performanceYear");
  CHECK(pointer(elizabeth.get(path_of(practice.acme, "registrations?performanceYear=1999"))) ==
        "?performanceYear");
}

TEST_CASE("Registration windows come from a file, again changes nothing, and faults are named") {
  const std::string header = std::string(registration_window_file_header) + "\n";
  const std::string line =
      "cmsWebInterface,2026,2026-04-01T14:00:00.000Z,2026-07-01T00:00:00.000Z,25\n";
  MembershipService service(GENERATE(from_range(database_kinds())));
  const std::string audit_key(32, 'k');
  const auto import = [&](const std::string& file) {
    return service.database().write([&](database::Transaction& transaction) {
      Store store(transaction, audit_key);
      return import_registration_windows(store,
                                         {"import", "importRegistrationWindows", service.now(), ""},
                                         *parse_registration_window_file(file));
    });
  };
  CHECK(import(header + line +
               "cahpsForMipsSurvey,2026,2026-04-01T14:00:00.000Z,2026-07-01T00:00:00.000Z,2\n") ==
        2);
  CHECK(import(header + line) == 0);
  CHECK(import(header +
               "cmsWebInterface,2026,2026-04-01T14:00:00.000Z,2026-07-02T00:00:00.000Z,25\n") == 1);

  const auto fault = [&](const std::string& file) {
    return to_text(parse_registration_window_file(file).error().front());
  };
  CHECK(fault("program\n") ==
        "line 1: is not the header " + std::string(registration_window_file_header));
  CHECK(fault(header + "mips,2026,2026-04-01T14:00:00.000Z,2026-07-01T00:00:00.000Z,25\n") ==
        "line 2, column program: is not cmsWebInterface or cahpsForMipsSurvey");
  CHECK(fault(header +
              "cmsWebInterface,2026,2026-07-01T00:00:00.000Z,2026-07-01T00:00:00.000Z,25\n") ==
        "line 2, column closesAt: is not behind opensAt");
  CHECK(fault(header +
              "cmsWebInterface,2026,2026-04-01T14:00:00.000Z,2026-07-01T00:00:00.000Z,0\n") ==
        "line 2, column minimumClinicianCount: is not a number from 1 to 1000000");
  CHECK(fault(header + line + line) ==
        "line 3: is about the same program and year as an earlier line");
}

TEST_CASE("An import tells the number of clinicians, and an old file leaves it as it is") {
  MembershipService service(GENERATE(from_range(database_kinds())));
  const auto official = service.person("Elizabeth Blackwell");
  const std::string line = "practice,000000501,Acme,000000501,1 Main Street," + official.text();
  const auto old_file = std::string(organization_file_header) + "\n" + line + "\n";
  const auto file = [&](const std::string& count) {
    return std::string(organization_file_header_with_clinicians) + "\n" + line + "," + count + "\n";
  };
  const auto count = [&] {
    return service.as(official)
        .get("/v1/manage-access")
        .body()["organizations"][0]["clinicianCount"];
  };

  CHECK(service.import(old_file) == "created 1, updated 0, unchanged 0, granted 1");
  CHECK(count() == 0);
  CHECK(service.import(file("25")) == "created 0, updated 1, unchanged 0, granted 0");
  CHECK(count() == 25);
  CHECK(service.import(old_file) == "created 0, updated 0, unchanged 1, granted 0");
  CHECK(service.import(file("")) == "created 0, updated 0, unchanged 1, granted 0");
  CHECK(count() == 25);
  CHECK(service.import(file("many")) ==
        "line 2, column clinicianCount: is not a number from 0 to 1000000");
}
