#include "tools/ctl/files.hpp"

#include "platform/private_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <system_error>
#include <unistd.h>

namespace tier2::ctl {

namespace {

constexpr std::size_t max_key_bytes = 4096;

struct closed {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<std::FILE, closed>;

tl::unexpected<error> failed(const std::string& what, const std::string& path, int number) {
  const auto code = number == ENOENT ? errc::not_found : number == EEXIST ? errc::conflict : errc::io_failed;
  return fail(code, "Could not " + what + " " + path + ": " + std::generic_category().message(number) + ".");
}

} // namespace

result<std::string> read_text(const std::string& path, std::size_t max_bytes) {
  const bool standard = path == "-";
  const file_ptr owned{standard ? nullptr : std::fopen(path.c_str(), "rb")};
  std::FILE* from = standard ? stdin : owned.get();
  if (from == nullptr) return failed("read", path, errno);
  std::string text;
  std::array<char, 65536> piece;
  while (const auto count = std::fread(piece.data(), 1, piece.size(), from)) {
    text.append(piece.data(), count);
    if (text.size() > max_bytes)
      return fail(errc::too_large, (standard ? "Standard input" : path) + " has more than the " +
                                       std::to_string(max_bytes) + " bytes that are allowed.");
  }
  if (std::ferror(from) != 0) return failed("read", standard ? "standard input" : path, errno);
  return text;
}

result<std::string> read_line(const std::string& path, std::size_t max_bytes) {
  auto text = read_text(path, max_bytes);
  if (text && text->ends_with('\n')) text->resize(text->size() - (text->ends_with("\r\n") ? 2 : 1));
  return text;
}

result<void> write_new_text(const std::string& path, std::string_view text) {
  file_ptr file{std::fopen(path.c_str(), "wbx")};
  if (file == nullptr) return failed("make", path, errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  if (std::fclose(file.release()) != 0 || !written) return failed("write", path, errno);
  return {};
}

result<void> write_new_private(const std::string& path, std::span<const std::byte> bytes) {
  const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (number < 0) return failed("make", path, errno);
  // Not through a buffer of the library's, which nobody would wipe.
  const bool written = ::write(number, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(number) == 0;
  const int why = errno;
  ::close(number);
  if (written) return {};
  ::unlink(path.c_str());
  return failed("write", path, why);
}

result<void> must_be_new(const std::string& path) {
  std::error_code wrong;
  const auto found = std::filesystem::symlink_status(path, wrong);
  if (found.type() == std::filesystem::file_type::not_found) return {};
  return fail(errc::conflict,
              path +
                  " is already there. A key is never overwritten: name another file, or move that one away.");
}

result<signing_key> read_signing_key(const std::string& path) {
  const auto pem = read_private_file(path, max_key_bytes);
  if (!pem) return tl::unexpected(pem.error());
  auto key = signing_key::from_pem(*pem);
  if (!key) return fail(key.error().code, path + ": " + key.error().what);
  return key;
}

result<verification_key> read_verification_key(const std::string& path) {
  const auto pem = read_text(path, max_key_bytes);
  if (!pem) return tl::unexpected(pem.error());
  auto key = verification_key::from_pem(*pem);
  if (!key) return fail(key.error().code, path + ": " + key.error().what);
  return key;
}

} // namespace tier2::ctl
