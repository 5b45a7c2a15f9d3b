#include "web/idempotency.hpp"
