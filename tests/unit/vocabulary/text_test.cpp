#include "vocabulary/text.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace vocabulary;

TEST_CASE("Characters are counted, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("abc") == 3);
  CHECK(count_characters("\xC3\xA9t\xC3\xA9") == 3);
  CHECK(count_characters("\xF0\x9F\x94\x91") == 1);
}

TEST_CASE("Control characters are found wherever they are") {
  CHECK_FALSE(has_control_characters(""));
  CHECK_FALSE(has_control_characters("Elizabeth \xC3\x89lise"));
  for (const char* text : {"\n", "a\r\nb", "\t", "a\x7F", "\x1B[2J", "a\x01"}) {
    CHECK(has_control_characters(text));
  }
  CHECK(has_control_characters(std::string_view("a\0b", 3)));
}

TEST_CASE("Case folding touches ASCII letters only") {
  CHECK(fold_case("AbZ@[`{09") == "abz@[`{09");
  CHECK(fold_case("\xC3\x89") == "\xC3\x89");
}

TEST_CASE("Trimming takes spaces and tabs from both ends") {
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \t ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("An email address that may be mailed to is accepted as it is written") {
  for (const char* text : {"a@b", "elizabeth.blackwell@example.org", "First.Last+tag@Example.ORG",
                           "o'hara@example.org", "a_b-c@sub.example.org"}) {
    INFO(text);
    REQUIRE(EmailAddress::parse(text));
    CHECK(EmailAddress::parse(text)->text() == text);
  }
  CHECK(EmailAddress::parse("A@Example.org")->key() == EmailAddress::parse("a@example.ORG")->key());
  CHECK(EmailAddress::parse(std::string(248, 'a') + "@b.org"));
}

TEST_CASE("An email address that could inject a header or a recipient is refused") {
  for (const char* text : {"",
                           "a",
                           "@",
                           "a@",
                           "@b",
                           "a@b@c",
                           "a b@c",
                           "a@b c",
                           " a@b",
                           "a@b ",
                           "a@b\r\nBcc: c@d",
                           "a@b\nX: y",
                           "a\t@b",
                           "a@b,c@d",
                           "a@b;c@d",
                           "<a@b>",
                           "A <a@b>",
                           "\"a b\"@c",
                           "a@[127.0.0.1]",
                           "a(b)@c",
                           "a\\@b",
                           "a:b@c",
                           "a@b\x7F"}) {
    INFO(text);
    CHECK_FALSE(EmailAddress::parse(text));
  }
  CHECK_FALSE(EmailAddress::parse(std::string_view("a@b\0c", 5)));
  CHECK_FALSE(EmailAddress::parse(std::string(249, 'a') + "@b.org"));
}
