#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"
#include "platform/append_file.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tier2 {

/// Lines of JSON, each with the digest of the line before it, so that nothing can be changed or taken out
/// without breaking the chain after it; over several files of a bounded size. Not thread-safe.
class audit_chain {
public:
  static constexpr std::size_t max_file_bytes = 4U << 20U;
  /// Damaged files and torn lines that are kept, all together.
  static constexpr int kept_aside = 8;

  using fields = std::vector<std::pair<std::string, std::string>>;

  /// Opens the file at `path`, or begins it; the older ones are `path`.1 to `path`.`old_files`. A last line
  /// that was cut off is taken out, kept as `path`.damaged.N, and the chain goes on behind a line that says
  /// so; so is a whole file that is damaged elsewhere. What is kept is never written over.
  static result<audit_chain> open(std::string path, int old_files, wall_time now);
  /// On the disk when it returns. When it fails nothing was lost but this line.
  result<void> write(wall_time now, std::string_view event, const fields& about);

private:
  result<void> recover(std::string_view content, wall_time now);
  result<void> begin(std::string_view text);
  result<void> turn_over(std::string_view text);
  result<void> make_older();
  std::string old(int number) const { return path_ + "." + std::to_string(number); }
  std::string line(wall_time now, std::string_view event, const fields& about) const;
  void follow(std::string_view line);

  std::string path_;
  int old_files_{};
  std::unique_ptr<append_file> file_;
  std::uint64_t next_{1};
  digest last_;
};

/// What a log's text, lines ended by "\n", comes to; `malformed` names the first line that does not hold.
/// Whatever the first line follows is not known from the text.
struct audit_check {
  std::uint64_t lines{}, next{1};
  digest last;
};
result<audit_check> check_audit(std::string_view text);

} // namespace tier2
