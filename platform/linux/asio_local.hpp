#pragma once

// Standalone Asio, header-only; its defines stand in the top level meson.build, the same for the whole
// program.
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
