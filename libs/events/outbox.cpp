#include "events/outbox.hpp"
