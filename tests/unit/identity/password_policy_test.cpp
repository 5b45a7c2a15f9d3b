#include "identity/domain/password_policy.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "identity/domain/common_passwords.hpp"

using namespace identity;

namespace {

const auto user_id = UserId::parse("Grace.Hopper").value();
const auto email_address = EmailAddress::parse("grace@example.test").value();

std::optional<PasswordFault> fault_of(std::string_view password,
                                      const PasswordProfile& profile = {}) {
  return find_fault(profile, password, user_id, email_address);
}

const auto cms = find_password_profile("cms").value();

}  // namespace

TEST_CASE("A password of 15 to 128 characters of any kind is taken") {
  CHECK_FALSE(fault_of("only small words"));
  CHECK_FALSE(fault_of("842197365018264"));
  CHECK_FALSE(fault_of(std::string("ab c") + std::string("x1y2z") + std::string(119, 'q')));
  CHECK_FALSE(fault_of("\u00e9t\u00e9 \u00e0 la plage\u2026"));
}

TEST_CASE("A password is measured in characters, not bytes") {
  CHECK(fault_of("fourteen chars") == PasswordFault::too_short);
  CHECK(
      fault_of(
          "\u00e9\u00e8\u00ea\u00eb\u00e0\u00e2\u00e4\u00f4\u00f6\u00fb\u00fc\u00f9\u00ee\u00ef") ==
      PasswordFault::too_short);
  CHECK(fault_of("violets and " + std::string(117, 'u')) == PasswordFault::too_long);
  std::string accented;
  for (int i = 0; i < 64; ++i) accented += "\u00e9\u00fc";
  CHECK(vocabulary::count_characters(accented) == 128);
  CHECK(fault_of(accented) == PasswordFault::common);  // one piece repeated, but not too long
}

TEST_CASE("A common password is refused in any spelling of its letters") {
  CHECK(fault_of("passwordpassword") == PasswordFault::common);
  CHECK(fault_of("PassWord12345678") == PasswordFault::common);
  CHECK(fault_of("CorrectHorseBatteryStaple") == PasswordFault::common);
  CHECK(fault_of("qwertyuiopasdfghjklzxcvbnm") == PasswordFault::common);
  CHECK_FALSE(fault_of("correct horse battery staple"));
}

TEST_CASE("A short piece repeated is a common password") {
  CHECK(is_common_password("aaaaaaaaaaaaaaa"));
  CHECK(is_common_password("xyzxyzxyzxyzxyzxy"));
  CHECK(is_common_password("4711471147114711"));
  CHECK_FALSE(is_common_password("aaaaaaaaaaaaaab"));
}

TEST_CASE("The list of common passwords holds thousands, in lower case") {
  int lines = 0;
  std::string line;
  for (const char c : std::string(common_passwords())) {
    CHECK_FALSE((c >= 'A' && c <= 'Z'));
    if (c != '\n') {
      line += c;
      continue;
    }
    ++lines;
    if (!is_common_password(line)) FAIL(line);
    line.clear();
  }
  CHECK(lines > 1'000);
}

TEST_CASE("A password holds neither user id nor email address") {
  CHECK(fault_of("i am grace.hopper!") == PasswordFault::contains_user_id);
  CHECK(fault_of("mail GRACE@example.TEST") == PasswordFault::contains_email_address);
  CHECK_FALSE(fault_of("i am grace hopper!"));
}

TEST_CASE("The cms profile asks for four kinds of characters, replacement and a history") {
  CHECK(cms.history == 6);
  CHECK(fault_of("Twelve-1-cha", cms) == std::nullopt);
  CHECK(fault_of("Eleven-1-ch", cms) == PasswordFault::too_short);
  CHECK(fault_of("nocapitals-12", cms) == PasswordFault::lacks_character_class);
  CHECK(fault_of("NOSMALL-12345", cms) == PasswordFault::lacks_character_class);
  CHECK(fault_of("NoDigits-here", cms) == PasswordFault::lacks_character_class);
  CHECK(fault_of("NothingElse12", cms) == PasswordFault::lacks_character_class);

  const Timestamp monday = vocabulary::parse_timestamp("2026-02-02T09:00:00.000Z").value();
  CHECK(password_expires_at(cms, monday) == monday + std::chrono::days(60));
  CHECK(password_expires_at({}, monday) == std::nullopt);
}

TEST_CASE("A password profile is known by its name") {
  CHECK(find_password_profile("default"));
  CHECK_FALSE(find_password_profile("CMS"));
  CHECK_FALSE(find_password_profile(""));
}

TEST_CASE("Each fault of a password is told in words") {
  CHECK(describe(PasswordFault::too_short, {}) == "must have at least 15 characters");
  CHECK(describe(PasswordFault::too_long, {}) == "must have at most 128 characters");
  CHECK(describe(PasswordFault::too_short, cms) == "must have at least 12 characters");
  for (const auto fault :
       {PasswordFault::lacks_character_class, PasswordFault::common,
        PasswordFault::contains_user_id, PasswordFault::contains_email_address}) {
    CHECK_FALSE(describe(fault, {}).empty());
  }
}
