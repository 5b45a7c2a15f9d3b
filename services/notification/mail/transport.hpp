#pragma once

#include <functional>
#include <string>

namespace notification {

/// One composed mail and its envelope. All three are safe to write into a dialogue.
struct Delivery {
  std::string id;  // of the email: the same when it is tried again
  std::string from;
  std::string to;
  std::string message;
};

/// What became of a delivery.
struct Outcome {
  enum class Kind {
    sent,
    refused,      // this mail will never be taken
    deferred,     // this mail may be taken later
    unavailable,  // no mail can be sent now
  };
  Kind kind;
  std::string failure = {};  // its class, without anything the server said: "unreachable"
};

/// Where mails leave. Used by one thread.
class Transport {
 public:
  virtual ~Transport() = default;
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// `give_up` is asked now and then; once true the delivery ends soon, as unavailable.
  virtual Outcome deliver(const Delivery& delivery, const std::function<bool()>& give_up) = 0;
};

}  // namespace notification
