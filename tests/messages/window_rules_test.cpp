#include "messages/window_rules.hpp"
#include "tests/messages/bytes.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace tier2;

namespace {

bool fits(std::string_view pattern, std::string_view text) {
  return value_of_result(window_pattern::parse(pattern)).fits(folded(text));
}

/// The plain meaning of a pattern, exponential where it has many stars.
bool means(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return means(pattern.substr(1), text) || (!text.empty() && means(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         means(pattern.substr(1), text.substr(1));
}

} // namespace

TEST_CASE("a pattern without wildcards fits the whole text and nothing else") {
  CHECK(fits("KeePassXC", "KeePassXC"));
  CHECK_FALSE(fits("KeePassXC", "KeePassXC "));
  CHECK_FALSE(fits("KeePassXC", "xKeePassXC"));
  CHECK_FALSE(fits("KeePassXC", ""));
}

TEST_CASE("upper and lower case are the same, of accented letters too") {
  CHECK(fits("keepassxc", "KEEPASSXC"));
  CHECK(fits("*\xc3\x9c"
             "berweisung*",
             "Neue \xc3\xbc"
             "BERWEISUNG - Bank"));
  CHECK_FALSE(fits("a\xc3\x97", "a\xc3\xb7")); // the signs for multiplication and division are no letters
  CHECK_FALSE(fits("[", "{"));
  CHECK_FALSE(fits("@", "`"));
}

TEST_CASE("stars stand for anything or nothing, question marks for one character") {
  CHECK(fits("*Online-Banking*", "Online-Banking"));
  CHECK(fits("*Online-Banking*", "Konto | Online-Banking - Firefox"));
  CHECK_FALSE(fits("*Online-Banking*", "Online Banking"));
  CHECK(fits("a**b", "ab"));
  CHECK(fits("a?c", "a\xe2\x82\xac"
                    "c")); // the euro sign is one character
  CHECK_FALSE(fits("a?c", "ac"));
  CHECK_FALSE(fits("?a", "a"));
  CHECK(fits("*a?", "aaab"));
}

TEST_CASE("every pattern and text of up to five letters has its plain meaning") {
  const auto each = [](std::string_view letters, int longest, const auto& use) {
    std::vector<std::string> words{""};
    for (std::size_t i = 0; i < words.size(); ++i) {
      use(words[i]);
      if (words[i].size() == static_cast<std::size_t>(longest)) continue;
      for (const char letter : letters)
        words.push_back(words[i] + letter);
    }
  };
  std::size_t wrong = 0;
  each("ab*?", 5, [&](const std::string& pattern) {
    const auto parsed = window_pattern::parse(pattern);
    if (!parsed) return;
    each("ab", 5, [&](const std::string& text) {
      wrong += parsed->fits(folded(text)) == means(pattern, text) ? 0 : 1;
    });
  });
  CHECK(wrong == 0);
}

TEST_CASE("bytes that are no UTF-8 are one strange character each, and harm nothing") {
  CHECK(fits("a?b", "a\xff"
                    "b"));
  CHECK(fits("a??b", "a\xc0\xaf"
                     "b"));
  CHECK(fits("*KeePass*", "\xe2\x82KeePass\xf0\x9f"));
  CHECK(fits("a*", std::string_view{"a\0b", 3}));
}

TEST_CASE("a pattern that would take others very long is done at once") {
  std::string stars;
  while (stars.size() + 2 < max_pattern_bytes)
    stars += "*a";
  const auto hostile = value_of_result(window_pattern::parse(stars + "*b"));
  CHECK_FALSE(hostile.fits(std::u32string(4096, U'a')));
  CHECK(hostile.fits(std::u32string(4096, U'a') + U"b"));
  const auto questions =
      value_of_result(window_pattern::parse("*" + std::string(max_pattern_bytes - 2, '?') + "b"));
  CHECK_FALSE(questions.fits(std::u32string(4096, U'a')));
}

TEST_CASE("patterns that are empty, too long or fit every window are refused") {
  for (const std::string& pattern :
       {std::string{}, std::string{"*"}, std::string{"?*"}, std::string(257, 'a')})
    CHECK_MESSAGE(window_pattern::parse(pattern).error().code == errc::invalid_argument, pattern);
  CHECK(window_pattern::parse(std::string(256, 'a')));
}

TEST_CASE("well-known password managers are among the rules that need not be written") {
  const auto classes = password_manager_classes();
  for (const auto* program : {"keepassxc",
                              "KeePassXC",
                              "org.keepassxc.KeePassXC",
                              "KeePass2",
                              "keepass2",
                              "Bitwarden",
                              "1Password",
                              "seahorse",
                              "Seahorse",
                              "org.gnome.seahorse.Application",
                              "gcr-prompter",
                              "Gcr-prompter",
                              "pinentry-gtk-2",
                              "Pinentry-gtk-2",
                              "pinentry-qt",
                              "pinentry",
                              "Enpass",
                              "kwalletd5",
                              "kwalletmanager5",
                              "ssh-askpass",
                              "x11-ssh-askpass"})
    CHECK_MESSAGE(std::any_of(classes.begin(), classes.end(),
                              [&](const auto& pattern) { return pattern.fits(folded(program)); }),
                  program);
  for (const auto* program : {"firefox", "XTerm", "libreoffice-calc", "Keeper", "", "gnome-terminal"})
    CHECK_MESSAGE(std::none_of(classes.begin(), classes.end(),
                               [&](const auto& pattern) { return pattern.fits(folded(program)); }),
                  program);
}
