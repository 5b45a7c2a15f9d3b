#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace testing {

/// What is the case when somebody calls: {{"holds", "staffUser"}, {"request", "pending"}}.
using Facts = std::vector<std::pair<std::string_view, std::string>>;

/// A line of support/decision_table.txt.
struct Ruling {
  std::string operation;
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions;
  int status;
  std::string outcome;  // of a refusal its problem, else what becomes of the thing, or ""
  std::string text;     // the line

  bool is_refusal() const { return status >= 400; }
};

const std::vector<Ruling>& rulings();

/// The first line of `operation` whose conditions hold. Throws std::logic_error when there is none,
/// or when a condition asks for what `facts` does not say.
const Ruling& ruling_on(std::string_view operation, const Facts& facts);

}  // namespace testing
