#include "web/request.hpp"
