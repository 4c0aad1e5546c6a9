#include "messages/wire/page.hpp"
