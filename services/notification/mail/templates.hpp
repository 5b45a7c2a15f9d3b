#pragma once

#include <map>
#include <optional>
#include <string>

#include "notification/domain/support_contact.hpp"
#include "notification/domain/telling.hpp"

namespace notification {

struct RenderedMail {
  std::string subject;
  std::string text;
  std::string html;
};

/// The mail of that template. `recipient_name` may be empty. nullopt when a value that belongs on
/// one line holds control characters: only a reason and a list may have several lines.
std::optional<RenderedMail> render(EmailTemplate email_template, const TemplateValues& values,
                                   const std::string& recipient_name,
                                   const SupportContact& contact);

/// The files of templates/, by name without ".mustache". The first line of a text file is the
/// subject; layouts hold what all mails share.
const std::map<std::string, std::string>& template_sources();

}  // namespace notification
