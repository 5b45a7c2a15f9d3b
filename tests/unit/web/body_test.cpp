#include "web/body.hpp"

#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "vocabulary/id.hpp"

using nlohmann::json;
using web::BodyReader;
using web::FieldError;
using web::Problem;

namespace {

web::Request with_body(std::string body, const char* content_type = "application/json") {
  web::Request request;
  request.body = std::move(body);
  request.headers = {{"content-type", content_type}};
  return request;
}

std::string refusal_of(std::string_view text) {
  try {
    web::parse_json(text);
  } catch (const Problem& problem) {
    return problem.type->name;
  }
  return "";
}

std::vector<FieldError> errors_of(BodyReader& reader) {
  try {
    reader.finish();
  } catch (const Problem& problem) {
    CHECK(problem.type == &web::problems::invalid_fields);
    return problem.errors;
  }
  return {};
}

// The one error of reading `body` by `read`, as "pointer: detail"; "" when there is none.
template <class Read>
std::string error_of(const std::string& body, Read read) {
  BodyReader reader(with_body(body));
  read(reader);
  const auto errors = errors_of(reader);
  REQUIRE(errors.size() <= 1);
  return errors.empty() ? "" : errors[0].pointer + ": " + errors[0].detail;
}

enum class Colour { red, green };

std::optional<Colour> parse_colour(std::string_view text) {
  if (text == "red") return Colour::red;
  if (text == "green") return Colour::green;
  return std::nullopt;
}

}  // namespace

TEST_CASE("JSON that another reader could read in another way is refused") {
  using namespace std::string_literals;
  const std::string text =
      GENERATE(as<std::string>{}, R"({"a":1,"a":2})", R"({"a":{"b":1,"b":1}})",
               R"([{"a":1,"\u0061":2}])", "\xEF\xBB\xBF{}", "{}\0"s, R"({"a":"\u0000"})",
               R"({"\u0000":1})", R"({"a":9007199254740993})", R"({"a":-9007199254740993})",
               R"({"a":123456789012345678901234567890})", R"({"a":1e999})", R"({"a":1e16})",
               "{} {}", "{}x", R"({"a":1,})", R"({a:1})", R"({'a':1})", "{\"a\":\"\n\"}", "{/* */}",
               R"({"a":NaN})", R"({"a":01})", R"({"a":"\ud800"})", "{\"a\":\"\xFF\"}",
               "{\"a\":\"\xC0\x80\"}", "{\"a\":\"\xED\xA0\x80\"}", "", " ", "{", R"({"a")");
  INFO(text);
  CHECK(refusal_of(text) == "malformed-request");
}

TEST_CASE("JSON is read to 16 levels and no deeper") {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
  };
  CHECK(refusal_of(nested(16)).empty());
  CHECK(refusal_of(nested(17)) == "malformed-request");
  CHECK(refusal_of(nested(30'000)) == "malformed-request");
  CHECK(refusal_of(std::string(30'000, '[')) == "malformed-request");
}

TEST_CASE("JSON is read as the JSON library reads it") {
  const std::string whole =
      "{\"a\":[0,-0,-1.5e-3,9007199254740991,true,false,null,\"\"],\"b\\u00e9\\ud83d\\ude00\":"
      "{\"c\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t \xC3\xA9\xF0\x9F\x98\x80\"},\"d\":{}, \"e\" : [ [ ] ,"
      " {\"f\":1e2}]}";
  REQUIRE(web::parse_json(whole) == json::parse(whole));

  constexpr std::string_view bytes = "{}[]:,\"\\u/bd0e19.-+ntf \n\t\x7F\x80\xC3\xED\xF0";
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = whole;
    for (auto changes = random() % 3; changes < 3; ++changes) {
      const auto place = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(place, 1);
      } else {
        text.insert(place, 1, bytes[random() % bytes.size()]);
      }
    }
    CAPTURE(text);
    if (!refusal_of(text).empty()) continue;
    ++read;
    if (web::parse_json(text) != json::parse(text, nullptr, false)) FAIL("read otherwise");
  }
  CHECK(read > 1'000);
}

TEST_CASE("The same name in different objects is no duplicate") {
  CHECK(web::parse_json(R"([{"a":{"a":1}},{"a":2}])").size() == 2);
}

TEST_CASE("Integers are exact to 2^53 on both sides") {
  CHECK(web::parse_json("9007199254740992") == 9007199254740992);
  CHECK(web::parse_json("-9007199254740992") == -9007199254740992);
}

TEST_CASE("A body is read only as application/json in UTF-8") {
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\""}) {
    INFO(type);
    CHECK_NOTHROW(BodyReader(with_body("{}", type)));
  }
  for (const char* type : {"text/plain", "application/json; charset=latin1", "application/jsonx",
                           "", "application/x-www-form-urlencoded", "application/json; a=b"}) {
    INFO(type);
    CHECK_THROWS_AS(BodyReader(with_body("{}", type)), Problem);
  }
  web::Request untyped;
  untyped.body = "{}";
  CHECK_THROWS_AS(BodyReader(untyped), Problem);
}

TEST_CASE("No body reads as an empty object, and other JSON than an object is refused") {
  BodyReader none(web::Request{});
  CHECK_NOTHROW(none.finish());
  for (const char* body : {"[]", "1", "\"a\"", "null", "true"}) {
    CHECK_THROWS_AS(BodyReader(with_body(body)), Problem);
  }
}

TEST_CASE("Fields are read as what they are") {
  const auto id = vocabulary::new_uuid();
  BodyReader reader(with_body(json{
      {"name", "Grüße"},
      {"reason", "two\nlines"},
      {"count", 7},
      {"yes", true},
      {"colour", "green"},
      {"account", id},
      {"nothing", nullptr}}.dump()));
  CHECK(reader.text("name", 5, 5) == "Grüße");
  CHECK(reader.free_text("reason", 1, 100) == "two\nlines");
  CHECK(reader.integer("count", 7, 7) == 7);
  CHECK(reader.boolean("yes"));
  CHECK(reader.choice<Colour>("colour", parse_colour) == Colour::green);
  CHECK(reader.id<vocabulary::AccountId>("account").text() == id);
  CHECK_FALSE(reader.optional_text("nothing", 1, 10));
  CHECK_FALSE(reader.optional_free_text("absent", 1, 10));
  CHECK_NOTHROW(reader.finish());
}

TEST_CASE("A wrong field is named by its pointer") {
  const auto name = [](BodyReader& reader) { reader.text("name", 1, 3); };
  const auto count = [](BodyReader& reader) { reader.integer("count", 1, 3); };
  CHECK(error_of("{}", name) == "/name: This field is required.");
  CHECK(error_of(R"({"name":null})", name) == "/name: This field is required.");
  CHECK(error_of(R"({"name":1})", name) == "/name: This field must be text.");
  CHECK(error_of(R"({"name":""})", name) == "/name: This field must have 1 to 3 characters.");
  CHECK(error_of(R"({"name":"abcd"})", name) == "/name: This field must have 1 to 3 characters.");
  CHECK(error_of(R"({"name":"a\n"})", name) == "/name: This field has control characters.");
  for (const char* body : {R"({"count":0})", R"({"count":4})", R"({"count":1.5})",
                           R"({"count":2.0})", R"({"count":"2"})", R"({"count":true})"}) {
    INFO(body);
    CHECK(error_of(body, count) == "/count: This field must be an integer from 1 to 3.");
  }
  CHECK(error_of(R"({"yes":"true"})", [](BodyReader& reader) { reader.boolean("yes"); }) ==
        "/yes: This field must be true or false.");
  CHECK(error_of(R"({"colour":"blue"})", [](BodyReader& reader) {
          reader.choice<Colour>("colour", parse_colour);
        }) == "/colour: This field is not one of the allowed values.");
  CHECK(error_of(R"({"account":"1"})", [](BodyReader& reader) {
          reader.id<vocabulary::AccountId>("account");
        }) == "/account: This field is not an id.");
}

TEST_CASE("A field that nobody asked for is refused by its pointer") {
  const auto nothing = [](BodyReader&) {};
  CHECK(error_of(R"({"role":"admin"})", nothing) == "/role: This field is not known.");
  CHECK(error_of(R"({"a/b~c":1})", nothing) == "/a~1b~0c: This field is not known.");
}

TEST_CASE("Every wrong field is named, each once") {
  BodyReader reader(with_body(R"({"a":1,"b":"xx","c":1})"));
  reader.text("a", 1, 1);
  reader.text("b", 1, 1);
  reader.fail("b", "is wrong in another way too");
  const auto errors = errors_of(reader);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].pointer == "/a");
  CHECK(errors[1].pointer == "/b");
  CHECK(errors[2].pointer == "/c");
}

TEST_CASE("An array of objects is read item by item, and every fault keeps its pointer") {
  const auto read = [](BodyReader& item) { return item.text("x", 1, 1); };
  BodyReader reader(with_body(R"({"items":[{"x":"a"},{"x":"b"}]})"));
  CHECK(reader.objects("items", 1, 2, read) == std::vector<std::string>{"a", "b"});
  CHECK_NOTHROW(reader.finish());

  BodyReader faulty(with_body(R"({"items":[{"x":"a"},{"x":"bb","y":1},{}],"z":1})"));
  faulty.objects("items", 1, 3, read);
  const auto errors = errors_of(faulty);
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].pointer == "/items/1/x");
  CHECK(errors[1].pointer == "/items/1/y");
  CHECK(errors[2].pointer == "/items/2/x");
  CHECK(errors[3].pointer == "/z");
}

TEST_CASE("An object inside a body is read at its own pointer") {
  BodyReader reader(with_body(R"({"items":[{"x":1},1]})"));
  reader.objects("items", 1, 2, [](BodyReader&) { return 0; });
  const auto errors = errors_of(reader);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].pointer == "/items/0/x");
  CHECK(errors[1].pointer == "/items/1");
}

TEST_CASE("An array with too few or too many items, or of something else, is refused") {
  for (const char* body : {R"({})", R"({"items":null})", R"({"items":[]})", R"({"items":{}})",
                           R"({"items":[{},{},{}]})", R"({"items":[1]})"}) {
    CAPTURE(body);
    BodyReader reader(with_body(body));
    reader.objects("items", 1, 2, [](BodyReader&) { return 0; });
    CHECK(errors_of(reader).front().pointer.starts_with("/items"));
  }
}

TEST_CASE("Of very many faults the first 256 are named") {
  std::string items;
  for (int i = 0; i < 300; ++i) items += i == 0 ? "{}" : ",{}";
  BodyReader reader(with_body(R"({"items":[)" + items + "]}"));
  reader.objects("items", 0, 300, [](BodyReader& item) { return item.text("x", 1, 1); });
  CHECK(errors_of(reader).size() == 256);
}
