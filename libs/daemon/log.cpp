#include "daemon/log.hpp"
