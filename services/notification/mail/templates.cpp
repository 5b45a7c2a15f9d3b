#include "notification/mail/templates.hpp"

#include <sstream>
#include <stdexcept>
#include <string_view>

#include <kainjow/mustache.hpp>

#include "vocabulary/text.hpp"

namespace notification {

namespace {

using kainjow::mustache::data;

const std::string& source(const std::string& name) {
  return template_sources().at(name);
}

std::string in_layout(std::string layout, const std::string& content) {
  static constexpr std::string_view place = "{{> content}}\n";
  return layout.replace(layout.find(place), place.size(), content);
}

data lines_of(const std::string& text) {
  data lines(data::type::list);
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) {
    std::erase_if(line, [](char c) { return vocabulary::has_control_characters({&c, 1}); });
    lines.push_back(line);
  }
  data reason;
  reason.set("lines", lines);
  return reason;
}

enum class Escape { html, none };

std::string render_source(const std::string& text, const data& context, Escape escape) {
  kainjow::mustache::mustache mustache(text);
  if (escape == Escape::none)
    mustache.set_custom_escape([](const std::string& raw) { return raw; });
  auto rendered = mustache.render(context);
  if (!mustache.is_valid()) throw std::logic_error("broken template: " + mustache.error_message());
  return rendered;
}

}  // namespace

std::optional<RenderedMail> render(EmailTemplate email_template, const TemplateValues& values,
                                   const std::string& recipient_name,
                                   const SupportContact& contact) {
  data context;
  const auto set = [&](const std::string& name, const std::string& value) {
    // Mustache takes every string as true; a section is to be left out when there is no value.
    context.set(name, value.empty() ? data(false) : data(value));
    return !vocabulary::has_control_characters(value);
  };
  bool safe = set("recipientName", recipient_name);
  for (const auto& [name, value] : values) {
    if (name != "reason" && name != "organizations") {
      safe = set(name, value) && safe;
    } else if (!value.empty()) {
      context.set(name, lines_of(value));
    }
  }
  if (!safe) return std::nullopt;
  set("supportPhone", contact.phone);
  set("teletypewriter", contact.teletypewriter);
  set("supportEmailAddress", contact.email_address);
  set("supportHours", contact.hours);

  const std::string name(to_text(email_template));
  const std::string& text = source(name + ".text");
  static constexpr std::string_view subject_mark = "Subject: ";
  const auto end_of_subject = text.find('\n');
  const std::string subject =
      render_source(text.substr(subject_mark.size(), end_of_subject - subject_mark.size()), context,
                    Escape::none);
  set("subject", subject);
  return RenderedMail{
      .subject = subject,
      .text = render_source(in_layout(source("layout.text"), text.substr(end_of_subject + 1)),
                            context, Escape::none),
      .html = render_source(in_layout(source("layout.html"), source(name + ".html")), context,
                            Escape::html)};
}

}  // namespace notification
