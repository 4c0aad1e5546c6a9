#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>

namespace tier2::ctl {

/// A file that is there whole or not at all: it is written beside its place (0600) and put there at the end.
/// What is not kept leaves nothing.
class new_file {
public:
  /// `conflict` when there is anything of that name and it is not to be replaced.
  static result<new_file> open(const std::string& path, bool replace);
  new_file(new_file&& other) noexcept;
  new_file& operator=(new_file&&) = delete;
  ~new_file();

  result<void> write(std::string_view bytes);
  /// Puts it in its place, on the disk. `conflict` when something came there meanwhile.
  result<void> keep();
  int descriptor() const { return file_; }

private:
  new_file(std::string path, std::string beside, int file, bool replace);
  std::string path_, beside_;
  int file_{-1};
  bool replace_{};
};

} // namespace tier2::ctl
