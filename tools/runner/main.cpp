#include "platform/linux/tree/keeper.hpp"

int main() { return tier2::os::keep_child(); }
