#include "support/decision_table.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "support/paths.hpp"

namespace testing {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::istringstream input(text);
  std::vector<std::string> parts;
  for (std::string part; std::getline(input, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

Ruling parse(const std::string& line) {
  Ruling ruling;
  ruling.text = line;
  const auto words = split(line, ' ');
  ruling.operation = words.at(0);
  std::size_t next = 1;
  for (; words.at(next).find('=') != std::string::npos; ++next) {
    const auto sides = split(words[next], '=');
    ruling.conditions.emplace_back(sides.at(0), split(sides.at(1), '|'));
  }
  ruling.status = std::stoi(words.at(next));
  if (++next < words.size()) ruling.outcome = words[next++];
  if (next != words.size()) throw std::logic_error("not a ruling: " + line);
  return ruling;
}

bool holds(const Ruling& ruling, const Facts& facts) {
  return std::all_of(
      ruling.conditions.begin(), ruling.conditions.end(), [&](const auto& condition) {
        const auto fact = std::find_if(facts.begin(), facts.end(), [&](const auto& candidate) {
          return candidate.first == condition.first;
        });
        if (fact == facts.end()) throw std::logic_error("not told: " + ruling.text);
        const auto& values = condition.second;
        return std::find(values.begin(), values.end(), fact->second) != values.end();
      });
}

}  // namespace

const std::vector<Ruling>& rulings() {
  static const auto all = [] {
    std::ifstream file(source_root() + "/tests/support/decision_table.txt");
    std::vector<Ruling> read;
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line[0] != '#') read.push_back(parse(line));
    }
    return read;
  }();
  return all;
}

const Ruling& ruling_on(std::string_view operation, const Facts& facts) {
  static const auto by_operation = [] {
    std::map<std::string, std::vector<const Ruling*>, std::less<>> sorted;
    for (const Ruling& ruling : rulings()) sorted[ruling.operation].push_back(&ruling);
    return sorted;
  }();
  const auto found = by_operation.find(operation);
  if (found != by_operation.end()) {
    for (const Ruling* ruling : found->second) {
      if (holds(*ruling, facts)) return *ruling;
    }
  }
  throw std::logic_error("no ruling on " + std::string(operation));
}

}  // namespace testing
