#include "messages/wire/binary_frame.hpp"
