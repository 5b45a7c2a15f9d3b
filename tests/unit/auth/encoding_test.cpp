#include "auth/encoding.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace auth;

TEST_CASE("base64url gives what RFC 4648 lists, without padding") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64url(bytes) == text);
    CHECK(from_base64url(text) == std::string(bytes));
  }
}

TEST_CASE("base64url with padding, foreign characters or loose tail bits is refused") {
  for (const char* text : {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "+/+/", "Zm 9v", "Zm9v\n",
                           "Zm\xC3\xA9v", "Zm9v."}) {
    INFO(text);
    CHECK_FALSE(from_base64url(text));
  }
  CHECK_FALSE(from_base64url(std::string_view("Zm9\0", 4)));
}

TEST_CASE("SHA-256 is written as lower-case hex") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc").size() == 32);
}

TEST_CASE("HMAC-SHA-256 gives what RFC 4231 lists") {
  CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("Random bytes come in the length asked for and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_bytes(16));
  CHECK(seen.size() == 100);
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(100'000).size() == 100'000);
}

TEST_CASE("The comparison in constant time is still a comparison") {
  CHECK(equal_in_constant_time("secret", "secret"));
  CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_in_constant_time("secret", "secre"));
  CHECK(equal_in_constant_time("", ""));
}
