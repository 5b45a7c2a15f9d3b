#include "web/json.hpp"

#include <random>

#include <catch2/catch.hpp>

using web::Json;

namespace {

nlohmann::json parse(const Json& json) {
  return nlohmann::json::parse(json.text());
}

void append_character(std::string& text, std::uint32_t point) {
  const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

}  // namespace

TEST_CASE("JSON built as text is written as the JSON library writes it") {
  const Json body = {{"text", "a\"b\\c\n\x7F"},
                     {"number", std::int64_t{-9'007'199'254'740'993}},
                     {"size", std::size_t{3}},
                     {"yes", true},
                     {"nothing", nullptr},
                     {"empty", std::optional<std::string>()},
                     {"present", std::optional<std::string>("x")},
                     {"left out", Json::absent()},
                     {"object", Json({{"inner", Json(Json::Members{})}})},
                     {"array", Json::array().push_back("a").push_back(1).push_back(Json::array())}};
  const auto expected = nlohmann::json::parse(R"({
    "text": "a\"b\\c\n\u007f", "number": -9007199254740993, "size": 3, "yes": true,
    "nothing": null, "empty": null, "present": "x", "object": {"inner": {}},
    "array": ["a", 1, []]})");
  CHECK(body.text() == expected.dump());
  CHECK(nlohmann::json(body) == expected);
}

TEST_CASE("JSON built as text escapes any text as the JSON library does") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (auto length = random() % 20; length > 0; --length) {
      const std::uint32_t limits[] = {0x20, 0x80, 0x800, 0xD800, 0x10FFFF};
      const auto point = static_cast<std::uint32_t>(random() % limits[random() % 5]);
      append_character(text, point >= 0xD800 && point < 0xE000 ? '?' : point);
    }
    REQUIRE(Json(text).text() == nlohmann::json(text).dump());
  }
}

TEST_CASE("JSON built as text replaces what is not well-formed UTF-8") {
  CHECK(parse("a\xFF"
              "b") == "a\uFFFDb");
  CHECK(parse("\xE2\x80") == "\uFFFD\uFFFD");
  CHECK(parse("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  CHECK(parse("\xC0\xAF") == "\uFFFD\uFFFD");            // overlong
}
