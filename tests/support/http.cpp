#include "support/http.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "support/recorder.hpp"

namespace testing {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string from_base32(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) throw std::invalid_argument("not base32");
    buffer = (buffer << 5 | static_cast<unsigned>(value)) & 0xfffffU;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xffU);
    }
  }
  return bytes;
}

}  // namespace

Json Answer::body() const {
  return Json::parse(text, nullptr, false);
}

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string Answer::problem() const {
  if (header("content-type") != "application/problem+json") return "";
  const auto type = body().value("type", "");
  return type.substr(type.rfind('/') + 1);
}

struct Client::Connection {
  explicit Connection(const std::string& base_url) : client(base_url) {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_connection_timeout(5);
    client.set_read_timeout(30);
    client.set_write_timeout(30);
  }
  httplib::Client client;
};

Client::Client(std::string base_url, std::string token)
    : base_url_(std::move(base_url)),
      token_(std::move(token)),
      connection_(std::make_unique<Connection>(base_url_)) {}

Client& Client::operator=(const Client& other) {
  base_url_ = other.base_url_;
  token_ = other.token_;
  connection_ = std::make_unique<Connection>(base_url_);
  return *this;
}

Client::~Client() = default;

Answer Client::get(const std::string& path, const Headers& headers) {
  return send("GET", path, "", headers);
}

Answer Client::post(const std::string& path, const Json& body, const Headers& headers) {
  return send("POST", path, body.dump(), headers);
}

Answer Client::patch(const std::string& path, const Json& body, const Headers& headers) {
  return send("PATCH", path, body.dump(), headers);
}

Answer Client::send(const std::string& method, const std::string& path, const std::string& body,
                    const Headers& headers) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  if (!token_.empty()) request.set_header("Authorization", "Bearer " + token_);
  for (const auto& [name, value] : headers) {
    request.headers.erase(name);
    request.set_header(name, value);
  }
  RecordedExchange recorded;
  recorded.method = method;
  recorded.target = path;
  recorded.request_headers.assign(request.headers.begin(), request.headers.end());
  recorded.request_body = body;

  const auto result = connection_->client.send(request);
  if (!result) throw NoAnswer(method + " " + path + ": " + httplib::to_string(result.error()));

  Answer answer;
  answer.status = result->status;
  answer.text = result->body;
  for (const auto& [name, value] : result->headers) {
    answer.headers.emplace_back(lower_case(name), value);
  }
  recorded.status = answer.status;
  recorded.response_headers = answer.headers;
  recorded.response_body = answer.text;
  record_exchange(recorded);
  return answer;
}

std::string totp_code(std::string_view base32_secret, std::int64_t step) {
  const auto key = from_base32(base32_secret);
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) {
    counter[i] = static_cast<unsigned char>(step >> (8 * (7 - i)) & 0xff);
  }
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter, sizeof counter, mac, &size);
  const unsigned char* at = mac + (mac[size - 1] & 0x0f);
  const unsigned number = (at[0] & 0x7fU) << 24 | static_cast<unsigned>(at[1]) << 16 |
                          static_cast<unsigned>(at[2]) << 8 | at[3];
  char digits[7];
  std::snprintf(digits, sizeof digits, "%06u", number % 1'000'000U);
  return digits;
}

std::int64_t totp_step(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count() / 30;
}

Json sign_in(Client identity, Person& person) {
  const auto statement = identity.get("/v1/statement-of-truth");
  const auto started =
      identity.post("/v1/sign-ins", {{"userId", person.user_id},
                                     {"password", person.password},
                                     {"statementOfTruthVersion", statement.body().at("version")}});
  if (started.status != 201) throw std::runtime_error("sign-in refused: " + started.text);

  const auto now = [] { return totp_step(std::chrono::system_clock::now()); };
  person.last_step = std::max(person.last_step + 1, now() - 1);
  while (person.last_step > now() + 1) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto completed = identity.post(
      "/v1/sign-ins/" + started.body().at("id").get<std::string>() + "/second-factor",
      {{"method", "totp"}, {"code", totp_code(person.totp_secret, person.last_step)}});
  if (completed.status != 200) throw std::runtime_error("code refused: " + completed.text);
  return completed.body();
}

}  // namespace testing
