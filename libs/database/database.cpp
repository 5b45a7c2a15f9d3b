#include "database/database.hpp"
