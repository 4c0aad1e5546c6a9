#include "messages/page.hpp"
