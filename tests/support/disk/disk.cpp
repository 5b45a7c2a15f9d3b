// Preloaded into a process (LD_PRELOAD), it stands between that process and the files below
// DISK_FOLDER, without any privilege:
//   DISK_RECORD   every change and every sync is appended to this file, in the order of their
//   effect DISK_FULL     while this file exists, what would make a file longer fails with ENOSPC
//   SQLITE_SYNCHRONOUS  replaces FULL in SQLite's setting, and hides that from who asks for it
// Text of DISK_RECORD: "<what> <offset or size> <bytes that follow> <path below the folder>\n".

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

template <class Function>
Function next(Function, const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

struct Disk {
  const std::string folder = variable("DISK_FOLDER");
  const std::string record = variable("DISK_RECORD");
  const std::string full = variable("DISK_FULL");
  std::recursive_mutex mutex;

  // Below the folder, or "" for what is elsewhere.
  std::string below(const std::string& path) const {
    if (folder.empty() || path.compare(0, folder.size(), folder) != 0) return "";
    return path.size() == folder.size() ? "/" : path.substr(folder.size());
  }

  std::string below(int descriptor) const {
    if (folder.empty()) return "";
    char target[PATH_MAX];
    const auto link = "/proc/self/fd/" + std::to_string(descriptor);
    const auto size = ::readlink(link.c_str(), target, sizeof target);
    return size > 0 ? below(std::string(target, static_cast<std::size_t>(size))) : "";
  }

  bool is_full() const { return !full.empty() && ::access(full.c_str(), F_OK) == 0; }

  bool refuses(int descriptor, off_t end) const {
    struct stat status {};
    return is_full() && !below(descriptor).empty() && ::fstat(descriptor, &status) == 0 &&
           end > status.st_size;
  }

  void note(const char* what, off_t number, const std::string& path, const void* bytes = nullptr,
            std::size_t size = 0) {
    if (record.empty() || path.empty()) return;
    static const int file = ::open(record.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    std::string head = std::string(what) + " " + std::to_string(number) + " " +
                       std::to_string(size) + " " + path + "\n";
    const iovec parts[] = {{head.data(), head.size()}, {const_cast<void*>(bytes), size}};
    if (::writev(file, parts, 2) != static_cast<ssize_t>(head.size() + size)) std::abort();
  }
};

Disk& disk() {
  static Disk& only = *new Disk;
  return only;
}

template <class Write>
ssize_t write_at(int descriptor, const void* bytes, std::size_t size, off_t offset, Write write) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  if (d.refuses(descriptor, offset + static_cast<off_t>(size))) {
    errno = ENOSPC;
    return -1;
  }
  const ssize_t written = write();
  if (written > 0) {
    d.note("write", offset, d.below(descriptor), bytes, static_cast<std::size_t>(written));
  }
  return written;
}

template <class Open>
int open_file(const char* path, int flags, Open open) {
  Disk& d = disk();
  const auto below = d.below(path);
  if (below.empty() || (flags & O_CREAT) == 0) return open();
  const std::lock_guard lock(d.mutex);
  const bool new_file = ::access(path, F_OK) != 0;
  if (new_file && d.is_full()) {
    errno = ENOSPC;
    return -1;
  }
  const int descriptor = open();
  if (descriptor >= 0 && new_file) d.note("create", 0, below);
  return descriptor;
}

template <class Truncate>
int truncate_file(int descriptor, off_t size, Truncate truncate) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  if (d.refuses(descriptor, size)) {
    errno = ENOSPC;
    return -1;
  }
  const int result = truncate();
  if (result == 0) d.note("truncate", size, d.below(descriptor));
  return result;
}

template <class Sync>
int sync_file(int descriptor, Sync sync) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  const int result = sync();
  if (result == 0) d.note("sync", 0, d.below(descriptor));
  return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return open_file(path, flags, [&] {
    return next(static_cast<int (*)(const char*, int, ...)>(nullptr), "open")(path, flags, mode);
  });
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return open_file(path, flags, [&] {
    return next(static_cast<int (*)(const char*, int, ...)>(nullptr), "open64")(path, flags, mode);
  });
}

ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t offset) {
  return write_at(descriptor, bytes, size, offset,
                  [&] { return next(&pwrite, "pwrite")(descriptor, bytes, size, offset); });
}

ssize_t pwrite64(int descriptor, const void* bytes, std::size_t size, off_t offset) {
  return write_at(descriptor, bytes, size, offset,
                  [&] { return next(&pwrite64, "pwrite64")(descriptor, bytes, size, offset); });
}

// Of PostgreSQL only: what it extends is refused, and nothing of it recorded.
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  off_t end = offset;
  for (int i = 0; i < count; ++i) end += static_cast<off_t>(parts[i].iov_len);
  if (disk().refuses(descriptor, end)) {
    errno = ENOSPC;
    return -1;
  }
  return next(&pwritev, "pwritev")(descriptor, parts, count, offset);
}

int posix_fallocate(int descriptor, off_t offset, off_t size) {
  if (disk().refuses(descriptor, offset + size)) return ENOSPC;
  return next(&posix_fallocate, "posix_fallocate")(descriptor, offset, size);
}

int ftruncate(int descriptor, off_t size) {
  return truncate_file(descriptor, size,
                       [&] { return next(&ftruncate, "ftruncate")(descriptor, size); });
}

int ftruncate64(int descriptor, off_t size) {
  return truncate_file(descriptor, size,
                       [&] { return next(&ftruncate64, "ftruncate64")(descriptor, size); });
}

int fsync(int descriptor) {
  return sync_file(descriptor, [&] { return next(&fsync, "fsync")(descriptor); });
}

int fdatasync(int descriptor) {
  return sync_file(descriptor, [&] { return next(&fdatasync, "fdatasync")(descriptor); });
}

int unlink(const char* path) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  const int result = next(&unlink, "unlink")(path);
  if (result == 0) d.note("unlink", 0, d.below(path));
  return result;
}

int sqlite3_exec(sqlite3* connection, const char* sql, int (*callback)(void*, int, char**, char**),
                 void* argument, char** message) {
  std::string text = sql;
  const auto wanted = variable("SQLITE_SYNCHRONOUS");
  const std::string full = "synchronous = FULL";
  const auto found = text.find(full);
  if (!wanted.empty() && found != text.npos) {
    text.replace(found, full.size(), "synchronous = " + wanted);
  }
  return next(&sqlite3_exec, "sqlite3_exec")(connection, text.c_str(), callback, argument, message);
}

int sqlite3_prepare_v2(sqlite3* connection, const char* sql, int size, sqlite3_stmt** statement,
                       const char** tail) {
  const bool asks =
      !variable("SQLITE_SYNCHRONOUS").empty() && std::strcmp(sql, "PRAGMA synchronous") == 0;
  return next(&sqlite3_prepare_v2, "sqlite3_prepare_v2")(connection, asks ? "SELECT 2" : sql,
                                                         asks ? -1 : size, statement, tail);
}

}  // extern "C"
