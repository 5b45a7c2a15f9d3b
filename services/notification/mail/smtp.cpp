#include "notification/mail/smtp.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <curl/curl.h>

namespace notification {

namespace {

std::size_t read_upload(char* buffer, std::size_t size, std::size_t count, void* rest) {
  auto& message = *static_cast<std::string_view*>(rest);
  const std::size_t taken = std::min(size * count, message.size());
  std::memcpy(buffer, message.data(), taken);
  message.remove_prefix(taken);
  return taken;
}

int give_up_now(void* give_up, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(give_up))() ? 1 : 0;
}

// Refusals of us, not of the mail: authentication required, too weak, failed, needs encryption.
bool is_about_credentials(long code) {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

// The server's last code says nothing where the connection or TLS failed: it is then that of the
// last good answer, so libcurl's result is judged first.
Outcome outcome_of(CURLcode result, long code, bool connected, bool message_sent) {
  using Kind = Outcome::Kind;
  switch (static_cast<int>(result)) {
    case CURLE_OK: return {Kind::sent};
    case CURLE_LOGIN_DENIED: return {Kind::unavailable, "credentialsRefused"};
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER: return {Kind::unavailable, "tlsFailed"};
    case CURLE_ABORTED_BY_CALLBACK: return {Kind::unavailable, "stopped"};
    case CURLE_OPERATION_TIMEDOUT:
      return {connected ? Kind::deferred : Kind::unavailable, "timedOut"};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_REMOTE_ACCESS_DENIED: return {Kind::unavailable, "unreachable"};
    case CURLE_WEIRD_SERVER_REPLY:
      // Either the greeting, or the answer to the whole message.
      if (!message_sent) return {Kind::unavailable, "unreachable"};
      [[fallthrough]];
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      if (is_about_credentials(code)) return {Kind::unavailable, "credentialsRefused"};
      if (code >= 500 && code < 600) {
        return {Kind::refused, "refusedByServer " + std::to_string(code)};
      }
      if (code >= 400 && code < 500) {
        return {Kind::deferred, "deferredByServer " + std::to_string(code)};
      }
      return {Kind::deferred, "connectionLost"};
    default: return {Kind::deferred, "failed"};
  }
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

struct Smtp::State {
  SmtpOptions options;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{nullptr, curl_easy_cleanup};

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(curl.get(), option, value) != CURLE_OK) {
      throw std::runtime_error("libcurl refused option " + std::to_string(option));
    }
  }
};

Smtp::Smtp(SmtpOptions options) : state_(std::make_unique<State>()) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  state_->curl.reset(curl_easy_init());
  if (initialised != CURLE_OK || !state_->curl) throw std::runtime_error("libcurl does not start");
  state_->options = std::move(options);
  const SmtpOptions& given = state_->options;
  state_->set(CURLOPT_URL, given.url.c_str());
  state_->set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  state_->set(CURLOPT_NOPROXY, "*");
  state_->set(CURLOPT_NOSIGNAL, 1L);
  state_->set(CURLOPT_USE_SSL,
              static_cast<long>(given.tls_required ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  state_->set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!given.ca_file.empty()) state_->set(CURLOPT_CAINFO, given.ca_file.c_str());
  if (!given.user.empty()) {
    state_->set(CURLOPT_USERNAME, given.user.c_str());
    state_->set(CURLOPT_PASSWORD, given.password.c_str());
  }
  state_->set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(given.connect_timeout.count()));
  state_->set(CURLOPT_TIMEOUT_MS, static_cast<long>(given.timeout.count()));
  state_->set(CURLOPT_MAXAGE_CONN, 30L);
  state_->set(CURLOPT_UPLOAD, 1L);
  state_->set(CURLOPT_READFUNCTION, read_upload);
  state_->set(CURLOPT_NOPROGRESS, 0L);
  state_->set(CURLOPT_XFERINFOFUNCTION, give_up_now);
}

Smtp::~Smtp() = default;

Outcome Smtp::deliver(const Delivery& delivery, const std::function<bool()>& give_up) {
  const std::string from = "<" + delivery.from + ">";
  const std::string to = "<" + delivery.to + ">";
  const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, to.c_str()));
  std::string_view rest = delivery.message;
  state_->set(CURLOPT_MAIL_FROM, from.c_str());
  state_->set(CURLOPT_MAIL_RCPT, recipients.get());
  state_->set(CURLOPT_READDATA, static_cast<void*>(&rest));
  state_->set(CURLOPT_XFERINFODATA, const_cast<void*>(static_cast<const void*>(&give_up)));

  const CURLcode result = curl_easy_perform(state_->curl.get());
  long code = 0;
  curl_easy_getinfo(state_->curl.get(), CURLINFO_RESPONSE_CODE, &code);
  curl_off_t connected_after = 0;  // 0 unless the greeting, TLS and AUTH were done
  curl_easy_getinfo(state_->curl.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_after);
  return outcome_of(result, code, connected_after > 0, rest.empty());
}

}  // namespace notification
