#include "messages/wire/envelope.hpp"
