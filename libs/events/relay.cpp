#include "events/relay.hpp"
