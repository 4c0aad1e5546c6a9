// Plays an agent for tests: enrols with a token and sends tickets with pictures.
//   seed_ticket PORT CA_FILE TOKEN COUNT [long]
// The first of COUNT is hostile; "long": each has 200 steps on two monitors, a machine in trouble and a file
// of one line.
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

/// A picture that is no other: a window with a title bar on a coloured desktop, lines of text in it. Beyond
/// 1280 pixels begins a second monitor, of another colour.
std::string picture(std::uint32_t number, std::uint32_t width = 1280) {
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
  if (width > 1280) paint(1280, 0, width, height, {60, 120, static_cast<std::uint8_t>(90 + number * 20)});
  paint(200, 100, 1080, 620, {245, 245, 245});
  paint(200, 100, 1080, 132, {120, 80, 40});
  for (std::uint32_t line = 0; line < 10 + number; ++line)
    paint(240, 160 + line * 30, 500 + (line * 97 + number * 53) % 500, 172 + line * 30, {110, 110, 110});
  const auto png = encode_png({width, height, width * 4, bytes, nullptr});
  if (!png) std::exit(1);
  return {reinterpret_cast<const char*>(png->data()), png->size()};
}

struct ticket {
  ticket_manifest manifest;
  std::vector<std::string> parts;
  wire::ticket_begin begin;

  void add(std::string name, std::string type, std::string bytes) {
    manifest.parts.push_back(
        {static_cast<std::uint32_t>(manifest.parts.size()), std::move(name), std::move(type), 0, {}});
    parts.push_back(std::move(bytes));
  }
  /// The consent to what it is now.
  void finish() {
    for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
      manifest.parts[i].bytes = parts[i].size();
      manifest.parts[i].blake2b = blake2b_256(parts[i]);
    }
    begin.ticket = manifest.ticket;
    begin.manifest = wire::encode(manifest);
    begin.consent = {ticket_consent::mode::asked, std::chrono::system_clock::now(),
                     blake2b_256(begin.manifest)};
    begin.origin = {"1000", "anna", "1"};
  }
};

ticket make(bool hostile, std::uint32_t number) {
  ticket made;
  auto& manifest = made.manifest;
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
    manifest.steps.push_back({i,
                              manifest.opened_at - std::chrono::seconds{40 - i * 10},
                              causes[i],
                              static_cast<std::int32_t>(300 + i * 150),
                              250,
                              hostile ? script : "Invoices – Calc",
                              "calc",
                              i == 2 ? 1U : 0U,
                              0,
                              {}});
  }
  made.add("system.json", "application/json",
           R"({"facts": [{"id": "os", "title": "Operating system", "text": "Debian GNU/Linux 12\nLinux 6.1"},
          {"id": "memory", "title": "Memory", "text": "<b>3.1</b> of 7.6 GiB in use"},
          {"id": "journal", "title": "Errors in the journal", "text": "", "failed": "this user may not read it"}]})");
  made.add(hostile ? "<script>alert(1)<script>.html" : "printer.log", hostile ? "text/html" : "text/plain",
           hostile ? "<script>globalThis.hacked=1</script>" : "no paper\n");
  if (hostile) {
    made.parts[1] = "<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.hacked=1'/>"; // no PNG at all
  }
  manifest.left_out = 2;
  made.finish();
  return made;
}

/// 200 steps on two monitors with gaps of every length, and a machine in trouble.
ticket make_long() {
  ticket made;
  auto& manifest = made.manifest;
  manifest.ticket = random_uuid();
  manifest.opened_at = std::chrono::system_clock::now() - std::chrono::minutes{3};
  manifest.host = "pc-17";
  manifest.user = "somebody";
  manifest.form.name = "Anna Example";
  manifest.form.message = "Printing hangs after the second page. I tried it many times.";
  manifest.form.choices = {{"Site", "Berlin"}, {"Printer", "2nd floor"}};
  manifest.monitors = {{"DP-1", 0, 0, 1280, 720, 1.0}, {"HDMI-2", 1280, 0, 1280, 720, 1.25}};
  constexpr std::uint32_t steps = 200;
  constexpr std::uint32_t different = 6;
  std::vector<std::string> pictures;
  pictures.reserve(different);
  for (std::uint32_t i = 0; i < different; ++i)
    pictures.push_back(picture(i, 2560));
  auto at = manifest.opened_at - std::chrono::minutes{20};
  for (std::uint32_t i = 0; i < steps; ++i) {
    made.add("step-" + std::to_string(i + 1) + ".png", "image/png", pictures[i % different]);
    const auto x = static_cast<std::int32_t>(i % 2 == 0 ? 300 : 1600);
    manifest.steps.push_back({i,
                              at,
                              i % 5 == 4 ? trigger::key_return : trigger::click_left,
                              x,
                              250,
                              "Print – \u202etxt.fdp",
                              "evince",
                              i == 2 ? 1U : 0U,
                              0,
                              {}});
    if (i == steps - 1) { // undocked by then, with a password manager open
      manifest.steps.back().monitors = {{"eDP-1", 0, 0, 2560, 720, 1.0}};
      manifest.steps.back().hidden = 2;
    }
    at += std::chrono::milliseconds{i % 10 == 9 ? 60'000 : 150 * (1 + i % 7)};
  }
  made.add("system.json", "application/json",
           R"({"facts": [{"id": "os", "title": "Operating system", "text": "Debian GNU/Linux 12"},
          {"id": "uptime", "title": "Running for", "text": "4 minutes, since 2026-01-02 12:00 UTC"},
          {"id": "memory", "title": "Memory", "text": "310.2 MiB of 7.6 GiB free\nno swap"},
          {"id": "disks", "title": "Disks", "text": "/: 401.3 MiB of 48.9 GiB free (99 % used), ext4 on /dev/sda1\n/home: 80.0 GiB of 400.0 GiB free (80 % used), ext4 on /dev/sda2"},
          {"id": "journal", "title": "Errors in the journal", "text": "2026-01-02T12:00:00 pc-17 cupsd[1]: \u001b[31mno paper\u001b[0m"},
          {"id": "network", "title": "Network", "failed": "The system did not list its network interfaces"}]})");
  made.add("photo\u202egpj.exe", "application/octet-stream", std::string(3000, 'x'));
  made.add("one-line.txt", "text/plain", std::string(std::size_t{10} << 20U, 'y'));
  made.finish();
  return made;
}

int run(std::uint16_t port, const std::string& ca_file, const std::string& token, std::uint32_t count,
        bool long_ones) {
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
    const auto one = long_ones ? make_long() : make(i == 0, i);
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
  const bool long_ones = argc == 6 && std::string_view{argv[5]} == "long";
  if ((argc != 5 && !long_ones) || !init_crypto()) return 2;
  return run(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2], argv[3],
             static_cast<std::uint32_t>(std::atoi(argv[4])), long_ones);
}
