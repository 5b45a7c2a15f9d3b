#include "auth/authenticator.hpp"
