#include "web/trace.hpp"
