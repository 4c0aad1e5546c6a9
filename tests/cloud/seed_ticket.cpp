// Plays an agent for tests/browser: enrols with a token and sends tickets with pictures, one of them hostile.
//   seed_ticket PORT CA_FILE TOKEN COUNT
#include "platform/crypto/digest.hpp"
#include "platform/image.hpp"
#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tests/cloud/talking_agent.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace {

using namespace tier2;

/// A picture that is no other: a window with a title bar on a coloured desktop, lines of text in it.
std::string picture(std::uint32_t number) {
  constexpr std::uint32_t width = 1280;
  constexpr std::uint32_t height = 720;
  std::vector<std::byte> bytes(std::size_t{width} * height * 4);
  const auto paint = [&](std::uint32_t x0, std::uint32_t y0, std::uint32_t x1, std::uint32_t y1,
                         std::array<std::uint8_t, 3> bgr) {
    for (auto y = y0; y < y1; ++y)
      for (auto x = x0; x < x1; ++x)
        for (std::size_t i = 0; i < 3; ++i)
          bytes[(std::size_t{y} * width + x) * 4 + i] = std::byte{bgr[i]};
  };
  paint(0, 0, width, height, {static_cast<std::uint8_t>(90 + number * 20), 90, 60});
  paint(200, 100, 1080, 620, {245, 245, 245});
  paint(200, 100, 1080, 132, {120, 80, 40});
  for (std::uint32_t line = 0; line < 10 + number; ++line)
    paint(240, 160 + line * 30, 500 + (line * 97 + number * 53) % 500, 172 + line * 30, {110, 110, 110});
  const auto png = encode_png({width, height, width * 4, bytes, nullptr});
  if (!png) std::exit(1);
  return {reinterpret_cast<const char*>(png->data()), png->size()};
}

struct ticket {
  wire::ticket_begin begin;
  std::vector<std::string> parts;
};

ticket make(bool hostile, std::uint32_t number) {
  ticket made;
  ticket_manifest manifest;
  manifest.ticket = random_uuid();
  manifest.opened_at = std::chrono::system_clock::now() - std::chrono::minutes{number * 47};
  manifest.host = number % 2 == 0 ? "front-desk" : "pc-17";
  manifest.user = "anna";
  manifest.session = "1";
  auto& form = manifest.form;
  const std::string script =
      "<img src=x onerror=\"globalThis.hacked=1\"><script>globalThis.hacked=1</script>";
  form.name = hostile ? script : "Anna Example";
  form.email = hostile ? "javascript:globalThis.hacked=1" : "anna@example.org";
  form.phone = "+49 30 000000";
  form.message = hostile ? script + "\nThe second line of a hostile ticket."
                         : "The invoice list stays empty after I press Refresh. It worked yesterday.";
  form.urgency = number % 3 == 0 ? "high" : number % 3 == 1 ? "normal" : "";
  if (hostile) form.choices[script] = script;
  manifest.monitors = {{"DP-1", 0, 0, 1280, 720, 1.0}};
  const std::array causes{trigger::click_left, trigger::key_return, trigger::click_right, trigger::key_f5};
  for (std::uint32_t i = 0; i < 4; ++i) {
    made.parts.push_back(picture(i));
    manifest.parts.push_back({i, "step-" + std::to_string(i) + ".png", "image/png", 0, {}});
    manifest.steps.push_back({i, manifest.opened_at - std::chrono::seconds{40 - i * 10}, causes[i],
                              static_cast<std::int32_t>(300 + i * 150), 250,
                              hostile ? script : "Invoices – Calc", "calc", i == 2 ? 1U : 0U});
  }
  const auto add = [&](std::string name, std::string type, std::string bytes) {
    manifest.parts.push_back(
        {static_cast<std::uint32_t>(manifest.parts.size()), std::move(name), std::move(type), 0, {}});
    made.parts.push_back(std::move(bytes));
  };
  add("system.json", "application/json",
      R"({"facts": [{"id": "os", "title": "Operating system", "text": "Debian GNU/Linux 12\nLinux 6.1"},
          {"id": "memory", "title": "Memory", "text": "<b>3.1</b> of 7.6 GiB in use"},
          {"id": "journal", "title": "Errors in the journal", "text": "", "failed": "this user may not read it"}]})");
  add(hostile ? "<script>alert(1)<script>.html" : "printer.log", hostile ? "text/html" : "text/plain",
      hostile ? "<script>globalThis.hacked=1</script>" : "no paper\n");
  if (hostile) {
    made.parts[1] = "<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.hacked=1'/>"; // no PNG at all
  }
  for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
    manifest.parts[i].bytes = made.parts[i].size();
    manifest.parts[i].blake2b = blake2b_256(made.parts[i]);
  }
  manifest.left_out = 2;
  made.begin.ticket = manifest.ticket;
  made.begin.manifest = wire::encode(manifest);
  made.begin.consent = {ticket_consent::mode::asked, std::chrono::system_clock::now(),
                        blake2b_256(made.begin.manifest)};
  made.begin.origin = {"1000", "anna", "1"};
  return made;
}

int run(std::uint16_t port, const std::string& ca_file, const std::string& token, std::uint32_t count) {
  std::string key(32, '\0');
  random_bytes(std::as_writable_bytes(std::span{key}));
  const std::string agent = to_string(random_uuid());
  {
    cloud::test::talking_agent enrolling{port, ca_file, agent, "Enroll " + token};
    wire::enroll about;
    about.key_digest = blake2b_256(key);
    about.hostname = "pc-17";
    about.os = "Debian GNU/Linux 12";
    about.arch = "x86_64";
    about.version = "0.1.0";
    enrolling.say(about);
    if (!enrolling.hear<wire::enrolled>()) return 1;
  }
  cloud::test::talking_agent link{port, ca_file, agent, "Bearer " + wire::to_base64url(key)};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto one = make(i == 0, i);
    const auto state = link.submit(one.begin, one.parts);
    if (!state || state->number.empty()) {
      std::cerr << "refused: " << (state ? state->error : "the link ended") << "\n";
      return 1;
    }
    std::cout << state->number << std::endl;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5 || !init_crypto()) return 2;
  return run(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2], argv[3],
             static_cast<std::uint32_t>(std::atoi(argv[4])));
}
