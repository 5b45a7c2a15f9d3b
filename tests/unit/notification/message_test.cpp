#include "notification/domain/message.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "support/notification_builders.hpp"

using namespace told;

namespace {

Message message() {
  return {.id = "0190b8c1-3c1e-7e00-8000-000000000001",
          .from = {.name = "Countersign", .address = "no-reply@countersign.example"},
          .to = {.name = "Thomas Miller, MD", .address = "thomas@example.org"},
          .subject = "Approved: Staff User at Acme Clinic, LLC",
          .text = "Hello\n.\nYes = no\n",
          .html = "<p>Hello</p>\n",
          .date = monday};
}

std::string header(const std::string& mail, const std::string& name) {
  const auto at = mail.find("\r\n" + name + ": ");
  if (at == mail.npos) return "";
  const auto begin = at + name.size() + 4;
  return mail.substr(begin, mail.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("A mail carries what a mail must carry") {
  const auto mail = compose(message()).value();

  CHECK(mail.starts_with("Date: Mon, 02 Feb 2026 09:00:00 +0000\r\n"));
  CHECK(header(mail, "From") == "Countersign <no-reply@countersign.example>");
  CHECK(header(mail, "To") == "\"Thomas Miller, MD\" <thomas@example.org>");
  CHECK(header(mail, "Subject") == "Approved: Staff User at Acme Clinic, LLC");
  CHECK(header(mail, "Message-ID") == "<0190b8c1-3c1e-7e00-8000-000000000001@countersign.example>");
  CHECK(header(mail, "Auto-Submitted") == "auto-generated");
  CHECK(header(mail, "MIME-Version") == "1.0");
  CHECK(mail.find("text/plain; charset=utf-8") < mail.find("text/html; charset=utf-8"));
  CHECK(mail.find("Yes =3D no") != mail.npos);
}

TEST_CASE("The same mail is composed to the same bytes when it is tried again") {
  CHECK(compose(message()) == compose(message()));
}

TEST_CASE("Lines of a mail are ended by CR LF and short enough for every server") {
  auto long_message = message();
  long_message.subject = std::string(300, 'x');
  long_message.to.name = "Zoë ";
  long_message.to.name.append(200, 'y');
  long_message.text = std::string(5'000, 'z');
  long_message.text += " \né\r\nlast";

  std::istringstream lines(compose(long_message).value());
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.ends_with('\r'));
    CHECK(line.size() <= 100);
    CHECK(line.find('\r') == line.size() - 1);
    for (const char c : line) CHECK(static_cast<unsigned char>(c) < 0x80);
  }
}

TEST_CASE("A mail whose headers or recipient could be forged is not composed") {
  const std::string forgery = GENERATE(as<std::string>(), "\r\nBcc: all@example.org", "\n", "\r",
                                       std::string("\0", 1), "\x7f", "\t");
  CAPTURE(forgery);
  auto in_subject = message();
  in_subject.subject += forgery;
  CHECK_FALSE(compose(in_subject));

  auto in_name = message();
  in_name.to.name += forgery;
  CHECK_FALSE(compose(in_name));

  auto in_address = message();
  in_address.to.address += forgery;
  CHECK_FALSE(compose(in_address));
}

TEST_CASE("An address that is more than an address is not written to") {
  auto mail = message();
  mail.to.address =
      GENERATE(as<std::string>(), "", "thomas", "a@example.org>", "<a@example.org",
               "a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org,b@example.org",
               "a b@example.org", "\"a\"@example.org", "a@example.org;");
  CAPTURE(mail.to.address);
  CHECK_FALSE(compose(mail));
}

TEST_CASE("Header text beyond short ASCII becomes encoded words, cut between characters") {
  CHECK(encode_header_text("Plain") == "Plain");
  CHECK(encode_header_text("José") == "=?UTF-8?B?Sm9zw6k=?=");
  CHECK(encode_header_text("=?UTF-8?B?eA==?=") == "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");

  std::string long_text;
  for (int i = 0; i < 40; ++i) long_text += "ab😀";
  std::istringstream words(encode_header_text(long_text));
  int count = 0;
  for (std::string word; words >> word; ++count) {
    CHECK(word.size() <= 75);
    // 39 bytes at most and no character cut: 36 or 38 bytes of "ab😀" each, so 48 to 52 digits.
    CHECK(word.starts_with("=?UTF-8?B?"));
    CHECK(word.ends_with("?="));
  }
  CHECK(count == 7);
}

TEST_CASE("A display name is an atom, a quoted string or encoded words") {
  CHECK(encode_phrase("Elizabeth Blackwell") == "Elizabeth Blackwell");
  CHECK(encode_phrase("Thomas Miller, MD") == "\"Thomas Miller, MD\"");
  CHECK(encode_phrase("Ann \"Nan\" O\\Hara") == "\"Ann \\\"Nan\\\" O\\\\Hara\"");
  CHECK(encode_phrase("<a@example.org>") == "\"<a@example.org>\"");
  CHECK(encode_phrase("Zoë") == "=?UTF-8?B?Wm/Dqw==?=");
}

TEST_CASE("Quoted-printable keeps every byte and breaks no line's end") {
  CHECK(encode_quoted_printable("a=b") == "a=3Db");
  CHECK(encode_quoted_printable("é") == "=C3=A9");
  CHECK(encode_quoted_printable("a \nb\t") == "a=20\r\nb=09");
  CHECK(encode_quoted_printable("a\r\nb\rc") == "a\r\nb=0Dc");
  const auto wrapped = encode_quoted_printable(std::string(200, 'x'));
  CHECK(wrapped.substr(75, 3) == "=\r\n");
}
