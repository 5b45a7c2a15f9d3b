#include "web/response.hpp"
