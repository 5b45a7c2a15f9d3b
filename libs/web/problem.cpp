#include "web/problem.hpp"
