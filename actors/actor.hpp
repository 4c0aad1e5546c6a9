#pragma once

// What every actor's implementation includes of CAF: less than caf/all.hpp, which costs 2.7 s a file.
#include "actors/health/meter.hpp"
#include "actors/supervisor/quiet.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>
