#include "support/smtp.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/paths.hpp"

extern char** environ;

namespace testing {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

namespace {

void check(bool held, const char* what) {
  if (!held) throw std::runtime_error(std::string("smtp sink: ") + what);
}

void add_extension(X509* certificate, int kind, const char* value) {
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value), X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "certificate extension");
}

// A self-signed certificate for localhost, valid for a day.
void write_certificate(const fs::path& certificate_file, const fs::path& key_file) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  check(key && certificate, "key");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string common_name = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "signature");

  const auto write = [](const fs::path& path, const auto& write_pem) {
    std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "w"),
                                                            std::fclose);
    check(file && write_pem(file.get()) == 1, "cannot write a PEM file");
  };
  write(certificate_file, [&](std::FILE* f) { return PEM_write_X509(f, certificate.get()); });
  write(key_file, [&](std::FILE* f) {
    return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

fs::path make_directory() {
  std::string pattern = (fs::temp_directory_path() / "smtp-sink-XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr, "cannot make a directory");
  return pattern;
}

ReceivedMail parse_mail(const std::string& line) {
  const auto json = nlohmann::json::parse(line);
  return {.from = json.at("from"),
          .to = json.at("to").get<std::vector<std::string>>(),
          .message_id = json.at("messageId"),
          .to_header = json.at("toHeader"),
          .subject = json.at("subject"),
          .text = json.at("text"),
          .html = json.at("html"),
          .content = json.at("content")};
}

}  // namespace

struct SmtpSink::State {
  Options options;
  fs::path directory = make_directory();
  std::uint16_t port = 0;
  pid_t child = -1;
  int child_input = -1;  // the child ends when this closes, also when we are killed

  std::mutex mutex;
  std::streamoff read_up_to = 0;
  std::vector<ReceivedMail> mails;

  ~State() { fs::remove_all(directory); }

  std::vector<std::string> command() const {
    std::vector<std::string> words{"/usr/bin/python3",
                                   source_root() + "/tests/support/smtp_sink.py",
                                   "--until-stdin-closes",
                                   "--mails",
                                   (directory / "mails.jsonl").string(),
                                   "--port",
                                   std::to_string(port),
                                   "--later-times",
                                   std::to_string(options.later_times),
                                   "--slow",
                                   std::to_string(static_cast<double>(options.slow.count()) / 1e3)};
    if (options.tls != Tls::none) {
      for (const std::string& word :
           {std::string("--tls"), std::string(options.tls == Tls::starttls ? "starttls" : "smtps"),
            std::string("--certificate"), (directory / "ca.pem").string(), std::string("--key"),
            (directory / "key.pem").string()}) {
        words.push_back(word);
      }
    }
    if (!options.user.empty()) {
      for (const auto& word :
           {std::string("--user"), options.user, std::string("--password"), options.password}) {
        words.push_back(word);
      }
    }
    return words;
  }
};

SmtpSink::SmtpSink(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  if (state_->options.tls != Tls::none) {
    write_certificate(ca_file(), state_->directory / "key.pem");
  }
  start();
}

SmtpSink::~SmtpSink() {
  stop();
}

void SmtpSink::start() {
  check(state_->child < 0, "already started");
  int input[2], output[2];
  check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0, "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  auto words = state_->command();
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed =
      posix_spawn(&state_->child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  state_->child_input = input[1];
  if (failed != 0) state_->child = -1;

  std::string line;
  for (char byte = 0; read(output[0], &byte, 1) == 1 && byte != '\n';) line += byte;
  close(output[0]);
  if (failed != 0 || line.empty()) {
    stop();
    throw std::runtime_error("smtp sink: did not start; is python3-aiosmtpd installed?");
  }
  state_->port = static_cast<std::uint16_t>(std::stoi(line));
}

void SmtpSink::stop() {
  if (state_->child_input >= 0) close(state_->child_input);
  state_->child_input = -1;
  if (state_->child > 0) {
    kill(state_->child, SIGKILL);
    waitpid(state_->child, nullptr, 0);
  }
  state_->child = -1;
}

std::uint16_t SmtpSink::port() const {
  return state_->port;
}

std::string SmtpSink::url() const {
  return std::string(state_->options.tls == Tls::smtps ? "smtps" : "smtp") +
         "://localhost:" + std::to_string(port());
}

fs::path SmtpSink::ca_file() const {
  return state_->directory / "ca.pem";
}

std::vector<ReceivedMail> SmtpSink::mails() const {
  const std::lock_guard lock(state_->mutex);
  std::ifstream file(state_->directory / "mails.jsonl");
  file.seekg(state_->read_up_to);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    state_->mails.push_back(parse_mail(line));
    state_->read_up_to = file.tellg();
  }
  return state_->mails;
}

ReceivedMail SmtpSink::wait_for(const std::function<bool(const ReceivedMail&)>& wanted,
                                std::chrono::milliseconds limit) const {
  const auto deadline = steady_clock::now() + limit;
  for (;;) {
    const auto all = mails();
    for (const auto& mail : all) {
      if (wanted(mail)) return mail;
    }
    if (steady_clock::now() >= deadline) {
      std::string subjects;
      for (const auto& mail : all) subjects += "\n  " + mail.subject;
      throw std::runtime_error("the awaited mail did not come; these did:" + subjects);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

ReceivedMail SmtpSink::wait_for_mail_to(const std::string& address, const std::string& subject,
                                        std::chrono::milliseconds limit) const {
  return wait_for(
      [&](const ReceivedMail& mail) {
        return std::find(mail.to.begin(), mail.to.end(), address) != mail.to.end() &&
               mail.subject.find(subject) != std::string::npos;
      },
      limit);
}

}  // namespace testing
