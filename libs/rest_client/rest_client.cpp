#include "rest_client/rest_client.hpp"
