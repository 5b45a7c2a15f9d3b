#include "support/crashed_disk.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace testing {

namespace {

constexpr std::size_t sector = 512;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void change(std::string& content, const DiskOperation& operation) {
  const auto number = static_cast<std::size_t>(operation.number);
  if (operation.what == "truncate") {
    content.resize(number);
    return;
  }
  content.resize(std::max(content.size(), number + operation.bytes.size()));
  std::copy(operation.bytes.begin(), operation.bytes.end(),
            content.begin() + static_cast<std::ptrdiff_t>(number));
}

void change_by_chance(std::string& content, const DiskOperation& operation, std::mt19937& random) {
  if (operation.what == "truncate") {
    if (random() % 2 == 0) change(content, operation);
    return;
  }
  for (std::size_t begin = 0; begin < operation.bytes.size(); begin += sector) {
    if (random() % 2 == 0) continue;
    auto part = operation;
    part.number += static_cast<std::int64_t>(begin);
    part.bytes = operation.bytes.substr(begin, sector);
    change(content, part);
  }
}

}  // namespace

std::vector<DiskOperation> read_disk_record(const std::filesystem::path& record) {
  const auto text = text_of(record);
  std::vector<DiskOperation> operations;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    if (end == text.npos) throw std::runtime_error("a record that is cut off");
    std::istringstream head(text.substr(begin, end - begin));
    DiskOperation operation;
    std::size_t size = 0;
    head >> operation.what >> operation.number >> size >> operation.path;
    operation.bytes = text.substr(end + 1, size);
    begin = end + 1 + size;
    operation.until = begin;
    operations.push_back(std::move(operation));
  }
  return operations;
}

CrashedDisk::CrashedDisk(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names_["/" + entry.path().filename().string()] =
        std::make_shared<File>(File{text_of(entry.path()), {}});
  }
  synced_names_ = names_;
}

void CrashedDisk::apply(const DiskOperation& operation) {
  if (operation.path.ends_with("-shm")) return;
  if (operation.path == "/") {
    synced_names_ = names_;
  } else if (operation.what == "create") {
    names_[operation.path] = std::make_shared<File>();
  } else if (operation.what == "unlink") {
    names_.erase(operation.path);
  } else {
    File& file = *names_.at(operation.path);
    if (operation.what != "sync") {
      file.unsynced.push_back(operation);
      return;
    }
    for (const auto& unsynced : file.unsynced) change(file.synced, unsynced);
    file.unsynced.clear();
  }
}

void CrashedDisk::leave(const std::filesystem::path& folder, Unsynced unsynced,
                        std::mt19937& random) const {
  Names names = unsynced == Unsynced::kept ? names_ : synced_names_;
  if (unsynced == Unsynced::some) {
    for (const auto& [path, file] : names_) {
      if (random() % 2 == 0) names[path] = file;
    }
    for (const auto& [path, file] : synced_names_) {
      if (!names_.contains(path) && random() % 2 == 0) names.erase(path);
    }
  }
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  for (const auto& [path, file] : names) {
    auto content = file->synced;
    for (const auto& operation : file->unsynced) {
      if (unsynced == Unsynced::kept) change(content, operation);
      if (unsynced == Unsynced::some) change_by_chance(content, operation, random);
    }
    std::ofstream(folder / path.substr(1), std::ios::binary) << content;
  }
}

}  // namespace testing
