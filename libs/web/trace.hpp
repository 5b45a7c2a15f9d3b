#pragma once

#include <string>
#include <string_view>

namespace web {

/// W3C Trace Context, version 00: the trace this request belongs to.
struct Trace {
  std::string trace_id;  // 32 lower-case hex digits
  std::string span_id;   // 16: this service's own span
  bool sampled = false;

  /// The traceparent header of calls made on behalf of this request.
  std::string header() const;
};

/// Joins the caller's trace, or starts a new one when `traceparent` is empty or malformed.
Trace continue_trace(std::string_view traceparent);

}  // namespace web
