#include "web/body.hpp"
