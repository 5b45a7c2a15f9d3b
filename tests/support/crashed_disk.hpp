#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace testing {

/// One change or sync of a file that support/disk recorded.
struct DiskOperation {
  std::string what;      // write, truncate, create, unlink, sync
  std::int64_t number;   // offset or size
  std::string path;      // "/name", or "/" for the folder
  std::string bytes;     // what was written
  std::uintmax_t until;  // how long the record was with it
};

std::vector<DiskOperation> read_disk_record(const std::filesystem::path& record);

/// A disk that keeps only what was synced: contents by fsync of the file, and names by fsync of its
/// folder. Shared memory files (-shm) are none of its business.
class CrashedDisk {
 public:
  /// Holds the files of `folder`, all of it synced.
  explicit CrashedDisk(const std::filesystem::path& folder);

  void apply(const DiskOperation& operation);

  /// What became of that which was not synced when the machine stopped.
  enum class Unsynced { lost, kept, some };
  /// Makes `folder` what is found after the crash. With Unsynced::some, each change is kept or
  /// lost by chance, and of a write each sector.
  void leave(const std::filesystem::path& folder, Unsynced unsynced, std::mt19937& random) const;

 private:
  struct File {
    std::string synced;
    std::vector<DiskOperation> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;

  Names names_;
  Names synced_names_;
};

}  // namespace testing
