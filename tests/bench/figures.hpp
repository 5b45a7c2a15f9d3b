#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

/// One value a round.
struct Figure {
  std::vector<double> rounds;

  void add(double value) { rounds.push_back(value); }
  double at(double share) const {
    auto sorted = rounds;
    std::sort(sorted.begin(), sorted.end());
    return sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1)));
  }
  double median() const { return at(0.5); }
};

inline void to_json(nlohmann::json& json, const Figure& figure) {
  json = {{"median", figure.median()}, {"low", figure.at(0)}, {"high", figure.at(1)}};
}

inline Figure ratio_of(const Figure& subject, const Figure& floor) {
  Figure ratio;
  for (std::size_t i = 0; i < subject.rounds.size(); ++i) {
    ratio.add(subject.rounds[i] / floor.rounds.at(i));
  }
  return ratio;
}

}  // namespace bench
