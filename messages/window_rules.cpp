#include "messages/window_rules.hpp"

#include <array>
#include <cstdint>

namespace tier2 {

namespace {

constexpr char32_t wrong = 0xfffd;
constexpr std::u32string_view wildcards = U"*?";

/// Takes the first character off the text.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t character = bytes <= 1 ? lead : lead & (0x7fU >> bytes);
  bool valid = bytes != 0 && lead < 0xf5 && bytes <= text.size();
  for (std::size_t i = 1; valid && i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    valid = (next & 0xc0U) == 0x80;
    character = character << 6U | (next & 0x3fU);
  }
  text.remove_prefix(valid ? bytes : 1);
  return valid ? character : wrong;
}

char32_t lower(char32_t c) {
  const bool ascii = c >= U'A' && c <= U'Z';
  const bool accented = c >= 0xc0 && c <= 0xde && c != 0xd7; // all but the multiplication sign
  return ascii || accented ? c + 0x20 : c;
}

/// As these programs and their usual packages name themselves in WM_CLASS.
constexpr std::array password_managers{"*KeePass*",        "Bitwarden*",
                                       "1Password*",       "Enpass*",
                                       "Dashlane*",        "NordPass*",
                                       "Proton Pass*",     "ProtonPass*",
                                       "Keeper*Password*", "Buttercup*",
                                       "QtPass*",          "PwSafe*",
                                       "Revelation",       "org.gnome.World.Secrets*",
                                       "Seahorse*",        "org.gnome.Seahorse*",
                                       "KWalletManager*",  "org.kde.KWalletManager*",
                                       "KWalletd*",        "Gcr-prompter*",
                                       "Pinentry*",        "*ssh-askpass*",
                                       "ksshaskpass*"};

} // namespace

std::u32string folded(std::string_view utf8) {
  std::u32string characters;
  characters.reserve(utf8.size());
  while (!utf8.empty())
    characters += lower(take(utf8));
  return characters;
}

result<window_pattern> window_pattern::parse(std::string_view text) {
  if (text.empty()) return fail(errc::invalid_argument, "must not have an empty pattern.");
  if (text.size() > max_pattern_bytes)
    return fail(errc::invalid_argument, "must have no pattern longer than 256 bytes.");
  window_pattern made;
  made.text_ = text;
  made.folded_ = folded(text);
  if (made.folded_.find_first_not_of(wildcards) == std::u32string::npos)
    return fail(errc::invalid_argument, "must have no pattern that would hide every window, such as \"*\".");
  return made;
}

bool window_pattern::fits(std::u32string_view text) const {
  const std::u32string_view pattern = folded_;
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t after_star = std::u32string_view::npos;
  std::size_t resumed = 0; // where the text goes on after what the last star stands for
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == U'*') {
      after_star = ++at;
      resumed = in;
    } else if (at < pattern.size() && (pattern[at] == U'?' || pattern[at] == text[in])) {
      ++at;
      ++in;
    } else if (after_star != std::u32string_view::npos) {
      at = after_star; // only the last star is tried again: an earlier one would find nothing that this one
                       // does not
      in = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.substr(at).find_first_not_of(U'*') == std::u32string_view::npos;
}

std::vector<window_pattern> password_manager_classes() {
  std::vector<window_pattern> patterns;
  patterns.reserve(password_managers.size());
  for (const auto* name : password_managers)
    patterns.push_back(*window_pattern::parse(name));
  return patterns;
}

} // namespace tier2
