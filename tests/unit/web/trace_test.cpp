#include "web/trace.hpp"

#include <catch2/catch.hpp>

namespace {

constexpr auto trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr auto given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

TEST_CASE("A request joins its caller's trace with a span of its own") {
  const auto trace = web::continue_trace(given);
  CHECK(trace.trace_id == trace_id);
  CHECK(trace.sampled);
  CHECK(trace.span_id.size() == 16);
  CHECK(trace.span_id != "00f067aa0ba902b7");
  CHECK(trace.header() == "00-" + trace.trace_id + "-" + trace.span_id + "-01");
}

TEST_CASE("A trace of a later version is joined by the part that is known") {
  CHECK(web::continue_trace("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more")
            .trace_id == trace_id);
}

TEST_CASE("A malformed traceparent starts a new trace") {
  const std::string text =
      GENERATE("", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
               "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
               "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
               "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
               "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
               "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
               "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
               "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00.more");
  const auto trace = web::continue_trace(text);
  CHECK(trace.trace_id.size() == 32);
  CHECK(trace.trace_id != trace_id);
  CHECK_FALSE(trace.sampled);
}
