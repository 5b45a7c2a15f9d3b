#include "events/inbox.hpp"
