#include "auth/service_token.hpp"
