#include "notification/mail/maildir.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace notification {

namespace {

constexpr mode_t owner_only = 0600;  // mails hold codes

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, owner_only)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = write(descriptor_, bytes.data(), bytes.size());
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() { return fsync(descriptor_) == 0; }

 private:
  int descriptor_;
};

}  // namespace

Maildir::Maildir(std::filesystem::path directory) : directory_(std::move(directory)) {
  for (const char* folder : {"tmp", "new", "cur"}) {
    std::filesystem::create_directories(directory_ / folder);
  }
}

Outcome Maildir::deliver(const Delivery& delivery, const std::function<bool()>&) {
  const std::string name = delivery.id + ".eml";
  const auto temporary = directory_ / "tmp" / name;
  const auto finished = directory_ / "new" / name;
  File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.write_all(delivery.message) || !file.sync() ||
      std::rename(temporary.c_str(), finished.c_str()) != 0 ||
      !File(directory_ / "new", O_RDONLY | O_DIRECTORY).sync()) {
    return {Outcome::Kind::unavailable, "maildirNotWritable"};
  }
  return {Outcome::Kind::sent};
}

}  // namespace notification
