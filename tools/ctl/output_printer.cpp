#include "tools/ctl/output_printer.hpp"

#include "tools/ctl/visible_text.hpp"

#include <unistd.h>

namespace tier2::ctl {

output_printer::options output_printer::standard(bool labelled) {
  return {stdout, stderr, ::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1, labelled};
}

void output_printer::write(std::FILE* to, bool terminal, std::string_view bytes) {
  clear_progress();
  const auto shown = terminal ? visible_lines(bytes) : std::string{bytes};
  if (std::fwrite(shown.data(), 1, shown.size(), to) != shown.size() || std::fflush(to) != 0) failed_ = true;
  if (terminal && !shown.empty()) within_line_ = shown.back() != '\n';
}

void output_printer::output(const source& from, output_stream stream, std::string_view bytes) {
  auto* const to = stream == output_stream::out ? where_.out : where_.err;
  const bool terminal = stream == output_stream::out ? where_.out_is_terminal : where_.err_is_terminal;
  if (!where_.labelled) return write(to, terminal, bytes);
  auto& line = unfinished_[{from.id, stream}];
  while (!bytes.empty()) {
    const auto room = most_line_bytes - line.size();
    const auto end = bytes.substr(0, room).find('\n');
    line.append(bytes.substr(0, end == std::string_view::npos ? room : end));
    if (end == std::string_view::npos && line.size() < most_line_bytes) return;
    bytes.remove_prefix(end == std::string_view::npos ? std::min(room, bytes.size()) : end + 1);
    write(to, terminal, from.label + ": " + std::exchange(line, {}) + "\n");
  }
}

void output_printer::end(const source& from) {
  for (const auto stream : {output_stream::out, output_stream::err})
    if (const auto left = unfinished_.extract({from.id, stream}); left && !left.mapped().empty())
      write(stream == output_stream::out ? where_.out : where_.err,
            stream == output_stream::out ? where_.out_is_terminal : where_.err_is_terminal,
            from.label + ": " + left.mapped() + "\n");
}

void output_printer::note(const std::string& visible) {
  clear_progress();
  if (std::exchange(within_line_, false)) std::fputc('\n', where_.err);
  std::fprintf(where_.err, "%s\n", visible.c_str());
  std::fflush(where_.err);
}

void output_printer::line(const std::string& text) {
  clear_progress();
  if (std::fprintf(where_.out, "%s\n", text.c_str()) < 0 || std::fflush(where_.out) != 0) failed_ = true;
}

void output_printer::progress(const std::string& visible) {
  if (!where_.err_is_terminal || within_line_ || visible == progress_) return;
  clear_progress();
  progress_ = visible;
  std::fprintf(where_.err, "%s", visible.c_str());
  std::fflush(where_.err);
}

void output_printer::clear_progress() {
  if (progress_.empty()) return;
  progress_.clear();
  std::fputs("\r\x1b[K", where_.err);
  std::fflush(where_.err);
}

} // namespace tier2::ctl
