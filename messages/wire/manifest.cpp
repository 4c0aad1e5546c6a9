#include "messages/wire/manifest.hpp"
