#include "messages/config.hpp"
