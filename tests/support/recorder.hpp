#pragma once

#include <string>
#include <utility>
#include <vector>

namespace testing {

/// One answered request, as the client saw it.
struct RecordedExchange {
  using Headers = std::vector<std::pair<std::string, std::string>>;

  std::string method;  // "POST"
  std::string target;  // path and query as sent
  Headers request_headers;
  std::string request_body;
  int status = 0;
  Headers response_headers;
  std::string response_body;
};

/// Keeps `exchange` for tests/contract/check_answers.mjs: one JSON object a line in a file of this
/// process in the folder that RECORD_ANSWERS names; does nothing without it. Of exchanges alike in
/// method, path (ids aside) and status a process keeps the first hundred: races repeat one another.
void record_exchange(const RecordedExchange& exchange);

}  // namespace testing
