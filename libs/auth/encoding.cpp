#include "auth/encoding.hpp"
