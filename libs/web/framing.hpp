#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "web/problem.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace web {

struct FramingLimits {
  std::size_t head_max = 8 * 1024;
  std::size_t headers_max = 64;
  std::size_t target_max = 2 * 1024;
};

/// One complete request as it stood on the wire. Of `request`, method, path, headers and body are
/// set.
struct Framed {
  Request request;
  std::string query;  // as sent, without the "?"
  bool keep_alive = true;
};

/// Cuts the bytes of a connection into requests, strictly (RFC 9112): whatever another party could
/// read in another way is refused. How the bytes are cut into segments makes no difference.
class Framer {
 public:
  /// The most bytes the body of such a request may have.
  using BodyMax = std::function<std::size_t(Method method, std::string_view path)>;

  enum class State { idle, head, body, complete, refused };

  Framer(FramingLimits limits, BodyMax body_max);

  /// Takes bytes until a request is complete, the input is refused or `bytes` ends; how many it
  /// took.
  std::size_t feed(std::string_view bytes);

  State state() const;

  /// The request, once complete; what follows starts the next one.
  Framed take();

  /// Why the input is refused; the connection must be closed.
  const Problem& refusal() const { return *refusal_; }

  /// True once per request that waits for "100 Continue" before it sends its body.
  bool take_expectation();

 private:
  enum class Part {
    request_line,
    header,
    sized_body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    complete,
    refused
  };

  void take_line_byte(char byte);
  void end_of_line();
  void take_request_line();
  void take_header_line();
  void take_header(const std::string& name, std::string_view value);
  void take_host(std::string_view value);
  void take_content_length(std::string_view value);
  void end_of_head();
  void take_chunk_size();
  void end_of_chunk();
  void take_body(std::string_view& bytes);
  std::size_t section_max() const;
  void refuse(const ProblemType& type, const char* detail);
  void refuse_long_section();

  FramingLimits limits_;
  BodyMax body_max_;
  Part part_ = Part::request_line;
  std::string line_;
  std::size_t section_size_ = 0;  // bytes so far of the head, a chunk's line or the trailers
  std::size_t header_count_ = 0;
  bool http_1_0_ = false;
  bool has_host_ = false;
  bool chunked_ = false;
  bool expects_continue_ = false;
  std::optional<std::uint64_t> content_length_;
  std::size_t body_max_now_ = 0;
  std::size_t body_left_ = 0;  // of the sized body or the chunk
  Framed framed_;
  std::optional<Problem> refusal_;
};

/// True when such a header can be sent without forging another.
bool is_header(std::string_view name, std::string_view value);

/// The answer as bytes, with the headers every answer carries unless it sets them itself. Its
/// headers have passed is_header().
std::string to_bytes(const Response& response, std::string_view request_id, bool keep_alive,
                     bool with_body = true);

}  // namespace web
