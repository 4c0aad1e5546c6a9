#include "tools/ctl/output_printer.hpp"

#include <cstdio>
#include <doctest/doctest.h>
#include <memory>

using namespace tier2::ctl;

TEST_CASE("lines of machines with one label are still kept apart, by their ids") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out{std::tmpfile(), &std::fclose};
  REQUIRE(out);
  output_printer printer{{out.get(), out.get(), false, false, true}};
  const std::string one{"1"}, other{"2"}, label{"pc"};
  printer.output({one, label}, output_stream::out, "a");
  printer.output({other, label}, output_stream::out, "b\n");
  printer.output({one, label}, output_stream::out, "A\n");
  printer.output({other, label}, output_stream::err, "left");
  printer.end({one, label});
  printer.end({other, label});
  std::rewind(out.get());
  std::string text(100, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), out.get()));
  CHECK(text == "pc: b\npc: aA\npc: left\n");
}
