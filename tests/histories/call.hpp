#pragma once

#include <cstdint>
#include <string>

#include "histories/linearizability.hpp"
#include "support/http.hpp"

namespace histories {

using testing::Json;

/// One call of one client, with what it was answered.
struct Call {
  int client = 0;
  std::string operation;     // its operationId
  std::string actor;         // account id
  std::string organization;  // id
  std::string subject;  // id of the role request, membership or proposal; "" when there is none
  std::string query;    // "search=…" of lists
  Json body = nullptr;
  std::string if_match;
  std::string idempotency_key;

  Span span{};  // monotonic, in nanoseconds
  Span wall{};  // the same in Unix milliseconds
  int status = 0;
  Json answer;
  std::string etag;
  bool replayed = false;  // Idempotency-Replayed
  bool is_part = false;   // one decision of many: its answer has no ETag of its own

  bool succeeded() const { return status < 400; }
  /// Whether it leaves everything as it is, whenever it takes effect.
  bool only_reads() const;
};

/// One line that a person understands, without the answer's body.
std::string to_text(const Call& call);

}  // namespace histories
