#include "auth/jws.hpp"
