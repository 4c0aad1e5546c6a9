#include "messages/wire/local_frame.hpp"
