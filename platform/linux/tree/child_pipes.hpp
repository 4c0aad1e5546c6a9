#pragma once

#include "messages/error.hpp"
#include "platform/linux/tree/output_meter.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/process_tree.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace tier2::os {

/// The service's ends of a child's standard input, output and error.
class child_pipes {
public:
  using taker = std::function<void(process_tree::stream, std::uint64_t offset, std::vector<std::byte>)>;

  /// The child's ends; closed as soon as its keeper has them.
  struct child_ends {
    unique_fd input, output, complaints;
  };
  /// `owner` may open its own again (/dev/stdout). Without input the child has /dev/null there.
  static result<std::pair<child_pipes, child_ends>> make(bool with_input, std::optional<uid_t> owner);

  /// What to poll for: -1 where there is nothing to be had or wanted at present.
  int input() const { return input_.get(); }
  int output(std::size_t stream, const output_meter& meter) const {
    return meter.wanted() > 0 ? outputs_[stream].get() : -1;
  }
  /// Writes what the pipe takes and closes it after the last byte, or when the child does not read it.
  void feed(std::string_view& left);
  /// Reads once, as much as the meter wants.
  void read(std::size_t stream, output_meter& meter, const taker& take);
  /// Reads what is in the pipe now and no more, since somebody may still write into it, whether there is
  /// credit or not. Returns how much of it was too much to hand on.
  std::uint64_t drain(std::size_t stream, output_meter& meter, const taker& take);

private:
  std::size_t read_up_to(std::size_t most, std::size_t stream, output_meter& meter, const taker& take);
  unique_fd input_;
  std::array<unique_fd, 2> outputs_;
  std::vector<std::byte> scratch_ = std::vector<std::byte>(output_chunk_bytes);
};

} // namespace tier2::os
