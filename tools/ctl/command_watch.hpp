#pragma once

#include "messages/error.hpp"
#include "tools/ctl/output_printer.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tier2::ctl {

/// What is known of one command on its machines, from the cloud's answers and events, which are checked: a
/// machine that was not named at the start, an output that was shown before and more of it than any command
/// may have are noticed.
class command_watch {
public:
  static constexpr std::size_t most_machines = 20000;

  /// A machine as the command's answer names it; `malformed` for anything else.
  result<void> add(const nlohmann::json& delivery);
  /// Names the machines, once all are added: a plain host name that no other has stands alone, all others
  /// come with the agent's id. No two labels are the same, whatever the machines call themselves.
  void name_all();

  struct output {
    std::string agent, label;
    output_stream stream{};
    std::string bytes;       ///< Without what was seen before.
    std::uint64_t missing{}; ///< Bytes that never came before these.
  };
  /// An `output` event; `malformed` or `too_large` ends the stream.
  result<output> take_output(const nlohmann::json& data);
  struct change {
    std::string agent, label;
    std::string ended; ///< A sentence, when it has ended with this.
  };
  /// A `state` event.
  result<change> take_state(const nlohmann::json& data);

  bool all_ended() const { return ended_ == machines_.size(); }
  /// Each machine ran it to its end, with code 0.
  bool all_succeeded() const { return succeeded_ == machines_.size(); }
  std::size_t count() const { return machines_.size(); }
  /// "2 of 3 machines have ended, 1 runs it"
  std::string summary() const;

private:
  struct machine {
    std::string host; ///< As it came: hostile.
    std::string label, state;
    std::uint64_t seen[2]{};
  };
  using entry = std::pair<const std::string, machine>;
  entry* find(const nlohmann::json& data);
  std::string settle(machine& one, const nlohmann::json& data);

  std::map<std::string, machine> machines_; ///< By id.
  std::size_t ended_{}, succeeded_{};
};

/// How it ended on a machine, in words: `data` is a delivery whose state is exited, rejected or expired.
std::string ending_in_words(const nlohmann::json& data);

} // namespace tier2::ctl
