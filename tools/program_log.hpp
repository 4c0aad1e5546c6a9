#pragma once

#include "messages/error.hpp"

#include <memory>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <string>

namespace tier2 {

/// Starts the log of a program: to `file`, or to standard error when that is empty. A file has at most 8 MiB,
/// and four older ones beside it (NAME.1.EXTENSION …): what a peer makes us say must not fill the disk.
/// `level` is one of the configuration's. Logs hold no window titles, form texts, keys or tokens.
inline result<void> start_log(const std::string& program, const std::string& level, const std::string& file) {
  try {
    spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    if (!file.empty()) sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, 8U << 20U, 4);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(program, std::move(sink)));
    spdlog::set_level(spdlog::level::from_str(level));
    spdlog::flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex&) {
    return fail(errc::io_failed, "The log file " + file + " cannot be written: check \"file\" in [log].");
  }
  return {};
}

} // namespace tier2
