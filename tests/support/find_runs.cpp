// find_runs [--frame SEED:WIDTHxHEIGHT]… [--file NAME=PATH]… : reads names of files from standard input and
// says, one JSON line a find, where 64 or more bytes in a row of a needle stand in one of them. Needles are
// frames of `noise` as rows of pixels in each usual order, and files.
//
// Blocks of 8 bytes of each needle are known by heart, one every 56 bytes, so that 64 bytes in a row cannot
// miss one; every place of the haystack is looked at.
#include "tests/support/noise.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

using namespace tier2::test;

namespace {

constexpr std::size_t block = 8, stride = 56, run = 64;

struct needle {
  std::string name;
  std::string bytes;
};

struct place {
  std::uint32_t needle;
  std::uint32_t at;
};

std::uint64_t word_at(const char* from) {
  std::uint64_t word{};
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// Words that say nothing (emptiness, plain colours) would be found everywhere.
bool is_telling(std::uint64_t word) {
  std::set<std::uint8_t> different;
  for (int i = 0; i < 8; ++i)
    different.insert(static_cast<std::uint8_t>(word >> (8 * i)));
  return different.size() >= 5;
}

class known_words {
public:
  void add(std::uint64_t word, place where) {
    filter_[slot(word)] = true;
    words_.emplace(word, where);
  }
  template <class Use>
  void with(std::uint64_t word, const Use& use) const {
    if (!filter_[slot(word)]) return;
    for (auto [each, end] = words_.equal_range(word); each != end; ++each)
      use(each->second);
  }

private:
  static std::size_t slot(std::uint64_t word) { return (word * 0x9e3779b97f4a7c15ULL) >> 39U; }
  std::vector<bool> filter_ = std::vector<bool>(1U << 25U);
  std::unordered_multimap<std::uint64_t, place> words_;
};

class search {
public:
  void add(needle what) {
    const auto index = static_cast<std::uint32_t>(needles_.size());
    for (std::size_t at = 0; at + block <= what.bytes.size(); at += stride)
      if (const auto word = word_at(what.bytes.data() + at); is_telling(word))
        words_.add(word, {index, static_cast<std::uint32_t>(at)});
    needles_.push_back(std::move(what));
  }

  void look_into(const std::string& name) const {
    std::ifstream file{name, std::ios::binary};
    const std::string hay{std::istreambuf_iterator<char>{file}, {}};
    std::set<std::uint32_t> said; // one find of each needle is enough
    for (std::size_t at = 0; at + block <= hay.size(); ++at)
      words_.with(word_at(hay.data() + at), [&](place where) {
        if (said.contains(where.needle)) return;
        const auto [from, size] = around(hay, at, where);
        if (size < std::min(run, needles_[where.needle].bytes.size())) return;
        said.insert(where.needle);
        std::cout << nlohmann::json{{"needle", needles_[where.needle].name},
                                    {"file", name},
                                    {"at", from},
                                    {"bytes", size}}
                         .dump()
                  << "\n";
      });
  }

private:
  /// How far both are the same around that place.
  std::pair<std::size_t, std::size_t> around(const std::string& hay, std::size_t at, place where) const {
    const auto& bytes = needles_[where.needle].bytes;
    std::size_t before = 0, after = 0;
    while (before < at && before < where.at && hay[at - before - 1] == bytes[where.at - before - 1])
      ++before;
    while (at + after < hay.size() && where.at + after < bytes.size() &&
           hay[at + after] == bytes[where.at + after])
      ++after;
    return {at - before, before + after};
  }

  std::vector<needle> needles_;
  known_words words_;
};

/// The frame's pixels as they may lie somewhere: the letters say what each byte of a pixel is; 0 and 1 are
/// 0x00 and 0xff.
needle in_order(const picture& frame, std::string_view order, const std::string& name) {
  needle made{name + " " + std::string{order}, {}};
  made.bytes.reserve(frame.dots.size() * order.size());
  for (const auto dot : frame.dots)
    for (const char each : order)
      made.bytes += static_cast<char>(each == 'R'   ? dot >> 16U
                                      : each == 'G' ? dot >> 8U
                                      : each == 'B' ? dot
                                      : each == '1' ? 0xffU
                                                    : 0U);
  return made;
}

std::string contents(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{path + " cannot be read"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app;
  std::vector<std::string> frames, files;
  app.add_option("--frame", frames);
  app.add_option("--file", files);
  CLI11_PARSE(app, argc, argv);
  search all;
  for (const auto& each : frames) {
    const auto by = each.find('x');
    const auto colon = each.find(':');
    const auto seed = static_cast<std::uint32_t>(std::stoul(each));
    const auto frame = noise(static_cast<std::uint16_t>(std::stoul(each.substr(colon + 1))),
                             static_cast<std::uint16_t>(std::stoul(each.substr(by + 1))), seed);
    for (const auto* const order : {"BGR0", "BGR1", "RGB0", "RGB1", "RGB", "BGR", "0RGB", "1RGB"})
      all.add(in_order(frame, order, "frame " + std::to_string(seed)));
  }
  for (const auto& each : files) {
    const auto split = each.find('=');
    all.add({each.substr(0, split), contents(each.substr(split + 1))});
  }
  for (std::string name; std::getline(std::cin, name);)
    all.look_into(name);
  return 0;
}
