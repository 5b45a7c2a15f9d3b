#include "daemon/process.hpp"
