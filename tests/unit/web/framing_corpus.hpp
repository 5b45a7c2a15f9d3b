#pragma once

#include <string>
#include <vector>

namespace testing {

/// Input that must be refused with this status, and the connection closed.
struct Refused {
  std::string why;
  std::string bytes;
  int status = 400;
};

/// A well-formed request.
struct Accepted {
  std::string why;
  std::string bytes;
  std::string body;
};

inline std::string repeat(const std::string& text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

/// A POST to /echo with these header lines and body.
inline std::string framed(const std::string& headers, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

inline std::string chunked(const std::string& body) {
  return framed("Transfer-Encoding: chunked\r\n", body);
}

inline std::string with_target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

inline const std::vector<Refused>& refused_inputs() {
  using namespace std::string_literals;
  static const std::vector<Refused> inputs = {
      {"Content-Length twice", framed("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")},
      {"two different Content-Lengths", framed("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")},
      {"negative Content-Length", framed("Content-Length: -1\r\n", "")},
      {"signed Content-Length", framed("Content-Length: +2\r\n", "{}")},
      {"hexadecimal Content-Length", framed("Content-Length: 0x2\r\n", "{}")},
      {"list of Content-Lengths", framed("Content-Length: 2, 2\r\n", "{}")},
      {"empty Content-Length", framed("Content-Length:\r\n", "{}")},
      {"Content-Length with text behind", framed("Content-Length: 2 junk\r\n", "{}")},
      {"Content-Length over 2^63", framed("Content-Length: 9223372036854775809\r\n", ""), 413},
      {"Content-Length 2^64 + 2", framed("Content-Length: 18446744073709551618\r\n", "{}"), 413},
      {"Content-Length over the limit", framed("Content-Length: 65537\r\n", ""), 413},
      {"body over the limit with requests hidden in it",
       framed("Content-Length: 70000\r\n", repeat(with_target("/hidden"), 1700)), 413},
      {"Content-Length with Transfer-Encoding",
       framed("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"Transfer-Encoding with Content-Length",
       framed("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n")},
      {"Transfer-Encoding twice",
       framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"coding that starts like chunked", framed("Transfer-Encoding: chu\r\n", ""), 501},
      {"coding in front of chunked", framed("Transfer-Encoding: gzip, chunked\r\n", ""), 501},
      {"coding identity", framed("Transfer-Encoding: identity\r\n", ""), 501},
      {"empty Transfer-Encoding", framed("Transfer-Encoding:\r\n", ""), 501},
      {"Transfer-Encoding in HTTP/1.0",
       "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"space before the colon", framed("Content-Length : 2\r\n", "{}")},
      {"space before the colon of Transfer-Encoding",
       framed("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
      {"obs-fold", framed("X-A: 1\r\n 2\r\n", "")},
      {"obs-fold with a tab", framed("X-A: 1\r\n\tContent-Length: 2\r\n", "")},
      {"space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LF after a header", framed("X-A: 1\nX-B: 2\r\n", "")},
      {"bare LF at the end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
      {"bare CR in a value", framed("X-A: 1\rX-B: 2\r\n", "")},
      {"bare CR in the request line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"two CR before the LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"},
      {"empty line before the request line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
      {"NUL in a name", framed("X-\0A: 1\r\n"s, "")},
      {"NUL in a value", framed("X-A: 1\0\r\n"s, "")},
      {"BEL in a value", framed("X-A: 1\a\r\n", "")},
      {"DEL in a value", framed("X-A: 1\x7F\r\n", "")},
      {"ESC in the request line", "GET /\x1B HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"name that is no token", framed("X(A): 1\r\n", "")},
      {"name with a space", framed("X A: 1\r\n", "")},
      {"name with a byte beyond ASCII", framed("X-\xC3\xA4: 1\r\n", "")},
      {"empty name", framed(": 1\r\n", "")},
      {"header without a colon", framed("X-A\r\n", "")},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"Host with a port beyond 65535", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"},
      {"Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"},
      {"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"Authorization twice", framed("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "")},
      {"Idempotency-Key twice", framed("Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "")},
      {"unknown expectation", framed("Expect: 200-ok\r\n", "")},
      {"method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"HTTP/2.0 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"TLS client hello", "\x16\x03\x01\x02"s + repeat("x", 40) + "\r\n\r\n"},
      {"two spaces after the method", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"tab after the method", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"fragment in the target", with_target("/a#b")},
      {"raw space in the target", with_target("/a b")},
      {"bytes beyond ASCII in the target", with_target("/\xC3\xA4")},
      {"percent sign at the end of the target", with_target("/a%")},
      {"percent sign with one digit", with_target("/a%4")},
      {"percent sign with letters that are no digits", with_target("/a?b=%zz")},
      {"backslash in the target", with_target("/a\\b")},
      {"quote in the target", with_target("/a\"b")},
      {"absolute-form", with_target("http://a/b")},
      {"authority-form", with_target("a:80")},
      {"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"empty chunk size", chunked("\r\n{}\r\n0\r\n\r\n")},
      {"signed chunk size", chunked("+2\r\n{}\r\n0\r\n\r\n")},
      {"negative chunk size", chunked("-2\r\n{}\r\n0\r\n\r\n")},
      {"chunk size with 0x", chunked("0x2\r\n{}\r\n0\r\n\r\n")},
      {"over-long chunk size", chunked("000000002\r\n{}\r\n0\r\n\r\n")},
      {"chunk size over 2^64", chunked("FFFFFFFFFFFFFFFFF\r\n")},
      {"chunk size with a space in front", chunked(" 2\r\n{}\r\n0\r\n\r\n")},
      {"chunk size with a space behind", chunked("2 \r\n{}\r\n0\r\n\r\n")},
      {"chunk size with bare LF", chunked("2\n{}\r\n0\r\n\r\n")},
      {"chunk end with bare LF", chunked("2\r\n{}\n0\r\n\r\n")},
      {"chunk end with bare CR", chunked("2\r\n{}\r0\r\n\r\n")},
      {"chunk longer than its size", chunked("2\r\n{}x\r\n0\r\n\r\n")},
      {"chunk extension with a control character", chunked("2;a=\x01\r\n{}\r\n0\r\n\r\n")},
      {"oversize chunk extension", chunked("2;a=" + repeat("b", 300) + "\r\n{}\r\n0\r\n\r\n")},
      {"chunk over the limit", chunked("10001\r\n"), 413},
      {"chunks over the limit together",
       chunked("8000\r\n" + repeat("x", 0x8000) + "\r\n8000\r\n" + repeat("x", 0x8000) +
               "\r\n1\r\nx\r\n0\r\n\r\n"),
       413},
      {"trailers beyond the limit", chunked("0\r\nX-A: " + repeat("a", 1100) + "\r\n\r\n"), 431},
      {"trailer that is no header", chunked("0\r\nGET / HTTP/1.1\r\n\r\n")},
      {"trailer with bare LF", chunked("0\r\nX-A: 1\n\r\n")},
      {"head over 8 KiB", framed("X-A: " + repeat("a", 8200) + "\r\n", ""), 431},
      {"head over 8 KiB in small headers",
       framed(repeat("X-Abcdef: " + repeat("a", 150) + "\r\n", 60), ""), 431},
      {"more than 64 headers", framed(repeat("X-A: 1\r\n", 64), ""), 431},
      {"target over 2 KiB", with_target("/" + repeat("a", 2048)), 414},
      {"request line without end", "GET /" + repeat("a", 9000), 414},
  };
  return inputs;
}

inline const std::vector<Accepted>& accepted_inputs() {
  static const std::vector<Accepted> inputs = {
      {"no body", framed("", ""), ""},
      {"empty body", framed("Content-Length: 0\r\n", ""), ""},
      {"sized body", framed("Content-Length: 2\r\n", "{}"), "{}"},
      {"length with leading zeros", framed("Content-Length: 0002\r\n", "{}"), "{}"},
      {"largest body", framed("Content-Length: 65536\r\n", repeat("x", 65'536)),
       repeat("x", 65'536)},
      {"body with CR, LF and NUL", framed("Content-Length: 4\r\n", std::string("\r\n\0\n", 4)),
       std::string("\r\n\0\n", 4)},
      {"one chunk", chunked("2\r\n{}\r\n0\r\n\r\n"), "{}"},
      {"chunks", chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), "{}"},
      {"chunk size with leading zeros", chunked("00000002\r\n{}\r\n000\r\n\r\n"), "{}"},
      {"chunk that holds CR LF", chunked("A\r\n\r\n0\r\n\r\nabc\r\n0\r\n\r\n"), "\r\n0\r\n\r\nabc"},
      {"chunk extension", chunked("2;a=b;c=\"d e\"\r\n{}\r\n0;x\r\n\r\n"), "{}"},
      {"trailer", chunked("2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"), "{}"},
      {"coding in upper case", framed("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), ""},
      {"names in any case", framed("cOnTeNt-LeNgTh: 2\r\n", "{}"), "{}"},
      {"no white space after the colon", framed("Content-Length:2\r\n", "{}"), "{}"},
      {"white space around a value", framed("Content-Length: \t 2 \t\r\n", "{}"), "{}"},
      {"empty value", framed("X-A:\r\n", ""), ""},
      {"tab and bytes beyond ASCII in a value", framed("X-A: a\tb \xC3\xA4\r\n", ""), ""},
      {"63 further headers", framed(repeat("X-A: 1\r\n", 63), ""), ""},
      {"expectation", framed("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"), "{}"},
      {"longest target",
       "POST /echo?" + repeat("a", 2042) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
       "{}"},
      {"query with every character that may stand there",
       "POST /echo?a-._~!$&'()*+,;=:@/?%20b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
       "{}"},
      {"Host with a port", "POST /echo HTTP/1.1\r\nHost: a.example:8080\r\n\r\n", ""},
      {"Host that is an IPv6 address", "POST /echo HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", ""},
  };
  return inputs;
}

}  // namespace testing
