#include "daemon/metrics.hpp"
