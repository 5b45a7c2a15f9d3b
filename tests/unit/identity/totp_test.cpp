#include "identity/domain/totp.hpp"

#include <catch2/catch.hpp>

using namespace identity;
using namespace std::chrono_literals;

TEST_CASE("An HMAC is truncated as in the example of RFC 4226") {
  const std::array<std::uint8_t, 20> hmac{0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca,
                                          0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19,
                                          0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a};
  CHECK(truncate_to_code(hmac) == "872921");
  CHECK(truncate_to_code(hmac, 8) == "57872921");
}

TEST_CASE("A code keeps its leading zeros") {
  CHECK(truncate_to_code({}) == "000000");
}

TEST_CASE("A step is thirty seconds, and one step to either side is taken") {
  CHECK(totp_step(Timestamp(59s)) == 1);
  CHECK(totp_step(Timestamp(60s)) == 2);
  CHECK(totp_step(Timestamp(59'999ms)) == 1);
  CHECK(totp_step(Timestamp(1'111'111'109s)) == 0x23523EC);
  CHECK(totp_steps_taken(Timestamp(60s)) == std::array<std::int64_t, 3>{1, 2, 3});
}

TEST_CASE("Secrets are written as in the examples of RFC 4648") {
  CHECK(to_base32("") == "");
  CHECK(to_base32("f") == "MY");
  CHECK(to_base32("fo") == "MZXQ");
  CHECK(to_base32("foo") == "MZXW6");
  CHECK(to_base32("foob") == "MZXW6YQ");
  CHECK(to_base32("fooba") == "MZXW6YTB");
  CHECK(to_base32("foobar") == "MZXW6YTBOI");
  CHECK(to_base32("\xff\xff\xff\xff\xff") == "77777777");
}

TEST_CASE("The key URI names issuer, user id and parameters") {
  CHECK(otpauth_uri(UserId::parse("grace.hopper").value(), "MZXW6YTB") ==
        "otpauth://totp/Countersign:grace.hopper?secret=MZXW6YTB&issuer=Countersign"
        "&algorithm=SHA1&digits=6&period=30");
}
