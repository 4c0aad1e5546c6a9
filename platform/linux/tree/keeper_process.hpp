#pragma once

#include "messages/error.hpp"
#include "platform/linux/tree/keeper_message.hpp"
#include "platform/linux/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace tier2::os {

/// A running keeper as the service sees it; killed and reaped at the latest in the end.
class keeper_process {
public:
  /// Starts the program with these descriptors as 0, 1 and 2, none of our others, no environment, no blocked
  /// or ignored signal, and a session of its own.
  static result<keeper_process> start(const std::string& program, int input, int output, int complaints);
  keeper_process(keeper_process&&) = default;
  keeper_process& operator=(keeper_process&&) = delete;
  ~keeper_process();
  /// Readable when there is something to `receive`.
  int socket() const { return socket_.get(); }
  /// Readable when the keeper has ended.
  int exit_event() const { return exit_.get(); }
  result<void> send(const keeper_message& what);
  /// The next message if one is there.
  std::optional<keeper_message> receive();
  void kill();
  /// After it said its last; one that does not end then is killed. Waits a few seconds at most.
  void reap();

private:
  keeper_process(pid_t process, unique_fd exit, unique_fd socket)
      : process_{process}, exit_{std::move(exit)}, socket_{std::move(socket)} {}
  pid_t process_;
  unique_fd exit_, socket_;
};

/// Ends and reaps what a killed keeper left behind: the children of ours in sessions that are not ours, that
/// no living keeper is. Nobody can join our session who is not in it from birth, so whatever another part of
/// the program started and still waits for is not taken for one of them. Takes 6 s at most; returns the
/// sentence about those that could not be ended, which is empty when none is left.
std::string end_orphans();

} // namespace tier2::os
