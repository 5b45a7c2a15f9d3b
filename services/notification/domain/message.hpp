#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vocabulary/timestamp.hpp"

namespace notification {

/// Who a mail is from or to: a display name, which may be empty, and an address.
struct Mailbox {
  std::string name;
  std::string address;
};

/// A mail with a plain text and an HTML alternative.
struct Message {
  std::string id;  // of the Message-ID, unique before the "@"
  Mailbox from;
  Mailbox to;
  std::string subject;
  std::string text;
  std::string html;
  vocabulary::Timestamp date;
};

/// The message on the wire (RFC 5322, MIME), lines ended by CR LF. nullopt when the names, the
/// addresses or the subject hold what could forge a header or a recipient: such a mail is not sent.
std::optional<std::string> compose(const Message& message);

/// Header text as it is, or as encoded words (RFC 2047) where it is not short plain ASCII.
std::string encode_header_text(std::string_view text);

/// A display name for an address header: atoms, a quoted string or encoded words.
std::string encode_phrase(std::string_view name);

std::string encode_quoted_printable(std::string_view text);

}  // namespace notification
