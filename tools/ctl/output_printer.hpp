#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tier2::ctl {

enum class output_stream : std::uint8_t { out, err };

/// Prints what machines write to our own streams. On a terminal their control bytes are written out; into a
/// file or pipe everything goes as it is. With a label (of several machines) each line begins with it.
class output_printer {
public:
  /// A line of one of several machines is broken here, so that it is not held back for ever.
  static constexpr std::size_t most_line_bytes = 8192;

  struct options {
    std::FILE* out{stdout};
    std::FILE* err{stderr};
    bool out_is_terminal{}, err_is_terminal{};
    bool labelled{};
  };
  explicit output_printer(options where) : where_{where} {}
  /// Of the two standard streams.
  static options standard(bool labelled);

  /// Whose output it is. The label is visible text and only shown; machines are told apart by `id`.
  struct source {
    const std::string& id;
    const std::string& label;
  };
  void output(const source& from, output_stream stream, std::string_view bytes);
  /// The machine writes no more: what it left without a line's end is shown.
  void end(const source& from);
  /// A line of our own on the error stream.
  void note(const std::string& visible);
  /// A line on an error stream that is a terminal, overwritten by the next thing shown.
  void progress(const std::string& visible);
  /// A line of our own on the output stream.
  void line(const std::string& text);
  /// Nobody reads any more.
  bool failed() const { return failed_; }

private:
  void write(std::FILE* to, bool terminal, std::string_view bytes);
  void clear_progress();
  options where_;
  std::map<std::pair<std::string, output_stream>, std::string> unfinished_; ///< By id.
  std::string progress_;
  bool within_line_{}, failed_{};
};

} // namespace tier2::ctl
