#pragma once

#include <filesystem>
#include <string>

#include "bench/world.hpp"
#include "database/database.hpp"

namespace bench {

/// A migrated database filled with a world. SQLite: a file in `folder`; PostgreSQL: a database of
/// the cluster that TEST_POSTGRESQL_URL names. Gone with this object.
class Data {
 public:
  Data(database::Kind kind, const World& world, const std::filesystem::path& programs,
       const std::filesystem::path& folder);
  /// A copy of what `original` holds; nobody may be connected to it.
  explicit Data(const Data& original);
  ~Data();
  Data& operator=(const Data&) = delete;

  database::Kind kind() const { return kind_; }
  const std::string& url() const { return url_; }
  /// SQLite: the file.
  const std::filesystem::path& path() const { return path_; }

 private:
  void choose_name();

  database::Kind kind_;
  std::filesystem::path path_;
  std::string url_;
};

}  // namespace bench
