#include "auth/key_set.hpp"
