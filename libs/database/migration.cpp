#include "database/migration.hpp"
