#include "web/framing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "vocabulary/text.hpp"

namespace web {

namespace {

// Room in the request line for the method, the version and the spaces.
constexpr std::size_t around_target_max = 64;
constexpr std::size_t chunk_line_max = 256;
constexpr std::size_t trailers_max = 1024;
constexpr std::size_t chunk_size_digits_max = 8;
constexpr std::size_t content_length_digits_max = 12;

// Headers that may come only once: two of them could be read in two ways.
constexpr std::array singletons = {
    std::string_view("authorization"), std::string_view("content-length"),
    std::string_view("content-type"),  std::string_view("expect"),
    std::string_view("host"),          std::string_view("idempotency-key"),
    std::string_view("if-match"),      std::string_view("transfer-encoding")};

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7F;
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_one_of(char character, std::string_view set) {
  return set.find(character) != std::string_view::npos;
}

bool is_hex(char character) {
  return is_digit(character) || is_one_of(character, "abcdefABCDEF");
}

bool is_token_character(char character) {
  return is_digit(character) || is_letter(character) || is_one_of(character, "!#$%&'*+-.^_`|~");
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_target_character(char character) {
  return is_digit(character) || is_letter(character) ||
         is_one_of(character, "-._~!$&'()*+,;=:@/?%");
}

// origin-form of RFC 9112 with every character as RFC 3986 wants it.
bool is_target(std::string_view target) {
  if (!target.starts_with('/')) return false;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!is_target_character(target[i])) return false;
    if (target[i] == '%' &&
        (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))) {
      return false;
    }
  }
  return true;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && stopped == text.data() + text.size() && text.size() <= 5 &&
         port <= 65'535;
}

bool is_host(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const auto address = text.substr(1, end - 1);
    if (!std::all_of(address.begin(), address.end(), [](char character) {
          return is_hex(character) || is_one_of(character, ":.");
        })) {
      return false;
    }
    ++end;
  } else {
    while (end < text.size() &&
           (is_digit(text[end]) || is_letter(text[end]) || is_one_of(text[end], "-._~"))) {
      ++end;
    }
    if (end == 0) return false;
  }
  const auto rest = text.substr(end);
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

std::optional<Method> parse_method(std::string_view text) {
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del,
                            Method::head, Method::options}) {
    if (to_text(method) == text) return method;
  }
  return std::nullopt;
}

bool lists_close(std::string_view connection) {
  const auto folded = vocabulary::fold_case(connection);
  std::string_view rest = folded;
  while (true) {
    const auto comma = rest.find(',');
    if (vocabulary::trim(rest.substr(0, comma)) == "close") return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

const char* reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> default_headers = {{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Strict-Transport-Security", "max-age=63072000; includeSubDomains"},
}};

}  // namespace

Framer::Framer(FramingLimits limits, BodyMax body_max)
    : limits_(limits), body_max_(std::move(body_max)) {}

Framer::State Framer::state() const {
  switch (part_) {
    case Part::request_line: return section_size_ == 0 ? State::idle : State::head;
    case Part::header: return State::head;
    case Part::sized_body:
    case Part::chunk_size:
    case Part::chunk_data:
    case Part::chunk_end:
    case Part::trailer: return State::body;
    case Part::complete: return State::complete;
    case Part::refused: break;
  }
  return State::refused;
}

std::size_t Framer::feed(std::string_view bytes) {
  const auto size = bytes.size();
  while (!bytes.empty() && part_ != Part::complete && part_ != Part::refused) {
    if (part_ == Part::sized_body || part_ == Part::chunk_data) {
      take_body(bytes);
    } else {
      take_line_byte(bytes.front());
      bytes.remove_prefix(1);
    }
  }
  return size - bytes.size();
}

Framed Framer::take() {
  Framed taken = std::move(framed_);
  *this = Framer(limits_, std::move(body_max_));
  return taken;
}

bool Framer::take_expectation() {
  return std::exchange(expects_continue_, false);
}

std::size_t Framer::section_max() const {
  if (part_ == Part::request_line) {
    return std::min(limits_.head_max, limits_.target_max + around_target_max);
  }
  if (part_ == Part::chunk_size) return chunk_line_max;
  if (part_ == Part::chunk_end) return 2;
  return part_ == Part::trailer ? trailers_max : limits_.head_max;
}

void Framer::refuse_long_section() {
  if (part_ == Part::request_line) {
    refuse(problems::uri_too_long, "The request line is too long.");
  } else if (part_ == Part::header || part_ == Part::trailer) {
    refuse(problems::headers_too_large, "The headers are too large.");
  } else {
    refuse(problems::malformed_request, "The chunks of the body are not well formed.");
  }
}

void Framer::take_line_byte(char byte) {
  if (section_size_ == section_max()) return refuse_long_section();
  ++section_size_;
  if (!line_.empty() && line_.back() == '\r' && byte != '\n') {
    return refuse(problems::malformed_request, "A line has a bare CR.");
  }
  if (byte == '\n' && (line_.empty() || line_.back() != '\r')) {
    return refuse(problems::malformed_request, "A line has a bare LF.");
  }
  if (is_control(byte) && byte != '\r' && byte != '\n' && byte != '\t') {
    return refuse(problems::malformed_request, "A line has a control character.");
  }
  line_.push_back(byte);
  if (byte != '\n') return;
  line_.resize(line_.size() - 2);
  end_of_line();
  line_.clear();
}

void Framer::end_of_line() {
  if (part_ == Part::request_line) return take_request_line();
  if (part_ == Part::chunk_size) return take_chunk_size();
  if (part_ == Part::chunk_end) return end_of_chunk();
  if (!line_.empty()) return take_header_line();
  if (part_ == Part::header) return end_of_head();
  part_ = Part::complete;
}

void Framer::take_request_line() {
  const std::string_view line = line_;
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(problems::malformed_request, "The request line is not well formed.");
  }
  const auto method_text = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method_text) || version.size() != 8 || !version.starts_with("HTTP/") ||
      !is_digit(version[5]) || version[6] != '.' || !is_digit(version[7])) {
    return refuse(problems::malformed_request, "The request line is not well formed.");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refuse(problems::version_not_supported, "The server speaks HTTP/1.1 and HTTP/1.0.");
  }
  if (target.size() > limits_.target_max) {
    return refuse(problems::uri_too_long, "The address is too long.");
  }
  const auto method = parse_method(method_text);
  if (!method) return refuse(problems::not_implemented, "The server does not know this method.");
  if (!is_target(target)) {
    return refuse(problems::malformed_request,
                  "The address must be a path, with every other character percent-encoded.");
  }
  http_1_0_ = version == "HTTP/1.0";
  framed_.keep_alive = !http_1_0_;
  framed_.request.method = *method;
  const auto question_mark = target.find('?');
  framed_.request.path = target.substr(0, question_mark);
  if (question_mark != std::string_view::npos) framed_.query = target.substr(question_mark + 1);
  part_ = Part::header;
}

void Framer::take_header_line() {
  if (++header_count_ > limits_.headers_max) {
    return refuse(problems::headers_too_large, "There are too many headers.");
  }
  const std::string_view line = line_;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(problems::malformed_request, "A header line is not well formed.");
  }
  if (part_ == Part::trailer) return;  // well formed and of no use
  const auto name = vocabulary::fold_case(line.substr(0, colon));
  const auto value = vocabulary::trim(line.substr(colon + 1));
  if (std::find(singletons.begin(), singletons.end(), name) != singletons.end() &&
      framed_.request.header(name) != nullptr) {
    return refuse(problems::malformed_request, "A header that may come once came twice.");
  }
  take_header(name, value);
  framed_.request.headers.emplace_back(name, value);
}

void Framer::take_header(const std::string& name, std::string_view value) {
  if (name == "host") return take_host(value);
  if (name == "content-length") return take_content_length(value);
  if (name == "connection" && lists_close(value)) framed_.keep_alive = false;
  if (name == "transfer-encoding") {
    if (vocabulary::fold_case(value) != "chunked") {
      return refuse(problems::not_implemented, "The only transfer coding is chunked.");
    }
    chunked_ = true;
  }
  if (name == "expect") {
    if (vocabulary::fold_case(value) != "100-continue") {
      return refuse(problems::malformed_request, "The only expectation is 100-continue.");
    }
    expects_continue_ = true;
  }
}

void Framer::take_host(std::string_view value) {
  if (!is_host(value)) return refuse(problems::malformed_request, "The Host header is not a host.");
  has_host_ = true;
}

void Framer::take_content_length(std::string_view value) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) {
    return refuse(problems::malformed_request, "Content-Length is not a number.");
  }
  if (value.size() > content_length_digits_max) {
    return refuse(problems::content_too_large, "The body is too large.");
  }
  content_length_ = std::stoull(std::string(value));
}

void Framer::end_of_head() {
  if (!has_host_ && !http_1_0_) {
    return refuse(problems::malformed_request, "The Host header is missing.");
  }
  if (chunked_ && (content_length_ || http_1_0_)) {
    return refuse(problems::malformed_request, "The length of the body is ambiguous.");
  }
  if (chunked_ || content_length_.value_or(0) > 0) {
    body_max_now_ = body_max_(framed_.request.method, framed_.request.path);
  }
  section_size_ = 0;
  header_count_ = 0;
  if (chunked_) {
    part_ = Part::chunk_size;
  } else {
    if (content_length_.value_or(0) > body_max_now_) {
      return refuse(problems::content_too_large, "The body is too large.");
    }
    body_left_ = content_length_.value_or(0);
    part_ = body_left_ > 0 ? Part::sized_body : Part::complete;
  }
  if (part_ == Part::complete || http_1_0_) expects_continue_ = false;
}

void Framer::take_chunk_size() {
  const std::string_view line = line_;
  const auto semicolon = line.find(';');
  const auto digits = line.substr(0, semicolon);
  if (digits.empty() || digits.size() > chunk_size_digits_max ||
      !std::all_of(digits.begin(), digits.end(), is_hex)) {
    return refuse(problems::malformed_request, "The chunks of the body are not well formed.");
  }
  std::uint32_t size = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (size > body_max_now_ - framed_.request.body.size()) {
    return refuse(problems::content_too_large, "The body is too large.");
  }
  section_size_ = 0;
  body_left_ = size;
  part_ = size == 0 ? Part::trailer : Part::chunk_data;
}

void Framer::end_of_chunk() {
  if (!line_.empty()) {
    return refuse(problems::malformed_request, "The chunks of the body are not well formed.");
  }
  section_size_ = 0;
  part_ = Part::chunk_size;
}

void Framer::take_body(std::string_view& bytes) {
  const auto taken = bytes.substr(0, body_left_);
  framed_.request.body.append(taken);
  bytes.remove_prefix(taken.size());
  body_left_ -= taken.size();
  if (body_left_ == 0) {
    part_ = part_ == Part::chunk_data ? Part::chunk_end : Part::complete;
  }
}

void Framer::refuse(const ProblemType& type, const char* detail) {
  refusal_.emplace(type, std::string(detail));
  part_ = Part::refused;
}

bool is_header(std::string_view name, std::string_view value) {
  return is_token(name) && !vocabulary::has_control_characters(value);
}

std::string to_bytes(const Response& response, std::string_view request_id, bool keep_alive,
                     bool with_body) {
  std::string bytes;
  bytes.reserve(640 + response.body.size());
  const auto add = [&](std::string_view name, std::string_view value) {
    bytes.append(name).append(": ").append(value).append("\r\n");
  };
  const auto has = [&](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(), [&](const auto& header) {
      return vocabulary::fold_case(header.first) == vocabulary::fold_case(name);
    });
  };
  bytes.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  bytes.append(reason(response.status)).append("\r\n");
  if (response.status != 204 && response.status != 304) {
    if (!response.content_type.empty()) add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  } else {
    with_body = false;
  }
  add("X-Request-Id", request_id);
  for (const auto& [name, value] : default_headers) {
    if (!has(name)) add(name, value);
  }
  for (const auto& [name, value] : response.headers) add(name, value);
  if (!keep_alive) add("Connection", "close");
  bytes.append("\r\n");
  if (with_body) bytes.append(response.body);
  return bytes;
}

}  // namespace web
