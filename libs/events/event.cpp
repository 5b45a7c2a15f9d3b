#include "events/event.hpp"
