#include "daemon/settings.hpp"
