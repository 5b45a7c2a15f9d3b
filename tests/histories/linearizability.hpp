#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace histories {

/// When a call was under way, on one monotonic clock.
struct Span {
  std::int64_t invoked;
  std::int64_t returned;
};

/// The longest order found in which a sequential object gives every answer of `order`'s calls.
struct Linearization {
  bool complete = false;
  std::vector<std::size_t> order;  // indices of calls
};

/// Searches an order of all calls in which each takes effect between its invocation and its return,
/// and a sequential object gives the answers that were seen (Wing and Gong's search, remembering
/// what was tried as Lowe does).
///
/// `span_of(call)` is its Span. `apply(state, call)` is the state after the call, or nullopt when
/// the object in `state` would not answer it so. `key_of(state)` is text that differs between
/// states that differ. `only_reads(call)` holds for calls that change no state they fit.
/// Throws std::runtime_error after `tries_max` states.
template <class Call, class State, class SpanOf, class Apply, class KeyOf, class OnlyReads>
class Search {
 public:
  Search(const std::vector<Call>& calls, SpanOf span_of, Apply apply, KeyOf key_of,
         OnlyReads only_reads, std::size_t tries_max)
      : calls_(calls),
        apply_(apply),
        key_of_(key_of),
        only_reads_(only_reads),
        tries_max_(tries_max) {
    for (const Call& call : calls) spans_.push_back(span_of(call));
    done_.assign(calls.size(), '0');
  }

  Linearization run(const State& initial) {
    best_.complete = extend(initial);
    return std::move(best_);
  }

 private:
  bool extend(const State& state) {
    if (order_.size() > best_.order.size()) best_.order = order_;
    if (order_.size() == calls_.size()) return true;

    // Whoever was invoked after another call's return comes after it.
    std::int64_t first_return = INT64_MAX;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (done_[i] == '0') first_return = std::min(first_return, spans_[i].returned);
    }
    const std::string before = key_of_(state);
    std::vector<std::pair<std::size_t, State>> changes;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (done_[i] != '0' || spans_[i].invoked > first_return) continue;
      auto after = apply_(state, calls_[i]);
      if (!after) continue;
      if (!only_reads_(calls_[i]) || key_of_(*after) != before) {
        changes.emplace_back(i, *std::move(after));
        continue;
      }
      // It fits here and leaves no trace anywhere: if any order exists, one with this call next
      // does. A write that changes nothing here may change something later.
      take(i);
      const bool found = extend(state);
      if (!found) give_back(i);
      return found;
    }
    // What returned first likely took effect first.
    std::sort(changes.begin(), changes.end(), [&](const auto& a, const auto& b) {
      return spans_[a.first].returned < spans_[b.first].returned;
    });
    for (auto& [i, after] : changes) {
      take(i);
      if (is_new(after) && extend(after)) return true;
      give_back(i);
    }
    return false;
  }

  bool is_new(const State& state) {
    if (tried_.size() >= tries_max_) throw std::runtime_error("too many states to search");
    return tried_.insert(std::hash<std::string>{}(done_ + key_of_(state))).second;
  }

  void take(std::size_t call) {
    done_[call] = '1';
    order_.push_back(call);
  }

  void give_back(std::size_t call) {
    done_[call] = '0';
    order_.pop_back();
  }

  const std::vector<Call>& calls_;
  Apply apply_;
  KeyOf key_of_;
  OnlyReads only_reads_;
  std::size_t tries_max_;
  std::vector<Span> spans_;
  std::string done_;  // '1' for each call in order_
  std::vector<std::size_t> order_;
  std::unordered_set<std::size_t> tried_;  // hashes: two alike can only refuse what is right
  Linearization best_;
};

template <class Call, class State, class SpanOf, class Apply, class KeyOf, class OnlyReads>
Linearization linearize(const std::vector<Call>& calls, const State& initial, SpanOf span_of,
                        Apply apply, KeyOf key_of, OnlyReads only_reads,
                        std::size_t tries_max = 1'000'000) {
  return Search<Call, State, SpanOf, Apply, KeyOf, OnlyReads>(calls, span_of, apply, key_of,
                                                              only_reads, tries_max)
      .run(initial);
}

/// `calls` without those that are not needed for `fails(calls)` to hold. Only calls for which
/// `may_go(call)` holds are left out.
template <class Call, class Fails, class MayGo>
std::vector<Call> minimize(std::vector<Call> calls, Fails fails, MayGo may_go) {
  for (std::size_t i = calls.size(); i-- > 0;) {
    if (!may_go(calls[i])) continue;
    auto fewer = calls;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (fails(fewer)) calls = std::move(fewer);
  }
  return calls;
}

}  // namespace histories
