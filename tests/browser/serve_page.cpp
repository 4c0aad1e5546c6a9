// Serves the ticket page as the helper does, without the rest: a scripted ticket with generated pixels.
// Orders come as JSON lines on standard input, what the page asked for goes as JSON lines to standard output.
//   {"do": "open"}                      → {"event": "opened", "target": …}
//   {"do": "set", "phase": "sending", "sent_bytes": 5, …}   members of the view
//   {"do": "close"}  {"do": "counts"}   → {"event": "counts", …}
#include "actors/consent/page_server.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/image.hpp"
#include "platform/secure_memory.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

using namespace tier2;
using nlohmann::json;

namespace {

struct scene {
  std::uint32_t pictures{10}, facts{6}, width{960}, height{540};
  bool noise{};
  bool two_screens{};
};

struct canvas {
  std::uint32_t width, height;
  std::vector<std::uint32_t> dots;
  void box(std::uint32_t x, std::uint32_t y, std::uint32_t w, std::uint32_t h, std::uint32_t colour) {
    for (auto row = y; row < std::min(y + h, height); ++row)
      for (auto column = x; column < std::min(x + w, width); ++column)
        dots[std::size_t{row} * width + column] = colour;
  }
};

void fill_with_noise(canvas& on, std::uint32_t id) {
  std::mt19937 random{id};
  for (auto& dot : on.dots)
    dot = static_cast<std::uint32_t>(random());
}

/// Something that looks like a desktop with a spreadsheet, from afar.
void fill_with_desktop(canvas& on, std::uint32_t id) {
  for (std::uint32_t y = 0; y < on.height; ++y)
    for (std::uint32_t x = 0; x < on.width; ++x)
      on.dots[std::size_t{y} * on.width + x] =
          (40 + 30 * y / on.height) << 16U | (80 + 50 * x / on.width) << 8U | (110 + 50 * y / on.height);
  const auto u = std::max(1U, on.width / 96);
  const auto x = (6 + id * 3 % 20) * u;
  const auto y = (4 + id * 2 % 8) * u;
  on.box(0, on.height - 3 * u, on.width, 3 * u, 0x20242a);
  on.box(x, y, 58 * u, 36 * u, 0xffffff);
  on.box(x, y, 58 * u, 3 * u, 0x3a4a5e);
  on.box(x, y + 3 * u, 58 * u, 4 * u, 0xe8ebef);
  for (std::uint32_t row = 0; row < 13; ++row)
    for (std::uint32_t column = 0; column < 6; ++column)
      on.box(x + (2 + column * 9) * u, y + (9 + row * 2) * u, (3 + (row * 5 + column * 3 + id) % 5) * u,
             u / 2 + 1, column == 0 ? 0x2b5c94 : 0x59626d);
  on.box(x + 40 * u, y + 28 * u, 14 * u, 5 * u, id % 3 == 0 ? 0xb3201f : 0x1a6b33);
}

pixels paint(const scene& of, std::uint32_t id) {
  const auto drawn = std::make_shared<canvas>(canvas{of.width, of.height, {}});
  drawn->dots.resize(std::size_t{of.width} * of.height);
  of.noise ? fill_with_noise(*drawn, id) : fill_with_desktop(*drawn, id);
  return {of.width, of.height, of.width * 4, std::as_bytes(std::span{drawn->dots}), drawn};
}

ticket_view scripted(const scene& of) {
  ticket_view view;
  view.ticket.bytes[0] = 1;
  view.phase = ticket_phase::reviewing;
  view.to = "Example IT";
  view.host = "pc-17";
  view.user = "anna";
  view.opened_at = wall_time{std::chrono::seconds{1767366151}};
  view.facts_complete = true;
  view.form.name = "Anna Example";
  const char* const windows[] = {"Invoices - Calc", "Mail - Inbox", "", "Save as"};
  for (std::uint32_t id = 1; id <= of.pictures; ++id) {
    ticket_view::picture picture;
    picture.id = id;
    picture.at = view.opened_at - std::chrono::seconds{(of.pictures - id) * 7};
    picture.cause = id % 5 == 0 ? trigger::key_return : id % 7 == 0 ? trigger::key_f5 : trigger::click_left;
    picture.x = static_cast<std::int32_t>(of.width / 4 + id * 31 % (of.width / 2 + 1));
    picture.y = static_cast<std::int32_t>(of.height / 4 + id * 17 % (of.height / 2 + 1));
    picture.width = of.width;
    picture.height = of.height;
    picture.window = windows[id % 4];
    picture.bytes = 300000 + id * 1000;
    if (of.two_screens) { // the second one left of the first
      const auto half = of.width / 2;
      picture.monitors = {{"DP-1", 0, 0, half, of.height, 1.0},
                          {"DP-2", -static_cast<std::int32_t>(half), 0, half, of.height, 2.0}};
    }
    view.pictures.push_back(picture);
  }
  const fact facts[] = {
      {"os", "Operating system", "Debian GNU/Linux 12 (bookworm)\nLinux 6.1.0-18-amd64 x86_64", ""},
      {"uptime", "Running for", "3 days, 4 hours", ""},
      {"memory", "Memory", "16.0 GB, of which 3.2 GB are free", ""},
      {"disks", "Disks", "/      120 GB, 31 GB free\n/home  800 GB, 12 GB free", ""},
      {"processes", "Programs", "soffice.bin  42 %  1.2 GB\nfirefox      11 %  2.1 GB", ""},
      {"journal", "Errors in the system's log", "", "You may not read the system's log."},
  };
  for (std::uint32_t i = 0; i < std::min(of.facts, 6U); ++i)
    view.facts.push_back({facts[i], true});
  view.encoded = of.pictures;
  return view;
}

class desk {
public:
  desk(scene what, page_server::options where) : scene_{what}, view_{scripted(what)} {
    page_server::callbacks tell;
    tell.on_command = [this](const page_command& command) {
      std::visit([this](const auto& c) { heard(c); }, command);
    };
    tell.on_present = [this](bool on) { say({{"event", "present"}, {"on", on}}); };
    tell.on_reopen = [this] { say({{"event", "reopen"}}); };
    auto made = page_server::listen(std::move(where), std::move(tell));
    if (!made) {
      say({{"event", "failed"}, {"error", to_string(made.error().code)}, {"what", made.error().what}});
      std::exit(1); // NOLINT(concurrency-mt-unsafe): no other thread runs yet
    }
    server_ = std::move(*made);
    say({{"event", "listening"}, {"port", server_->port()}});
  }

  void order(const json& what) {
    const auto verb = what.at("do").get<std::string>();
    if (verb == "open") {
      const auto target = server_->open();
      say({{"event", "opened"}, {"target", target ? *target : target.error().what}});
      show();
      for (std::uint32_t id = 1; id <= scene_.pictures && !shown_; ++id) {
        auto image = to_rgba(paint(scene_, id), 240);
        image.id = id;
        image.thumbnail = true;
        server_->show_image(image);
      }
      shown_ = true;
    } else if (verb == "set") {
      set(what);
      show();
    } else if (verb == "close") {
      server_->close_ticket();
      shown_ = false;
    } else if (verb == "counts") {
      const auto counts = server_->counts();
      say({{"event", "counts"},
           {"foreign", counts.session.foreign},
           {"wrong_claims", counts.session.wrong_claims},
           {"malformed", counts.malformed},
           {"too_many", counts.session.too_many}});
    }
  }

private:
  void show() {
    const std::lock_guard lock{guard_};
    show_locked();
  }
  void show_locked() {
    view_.total_bytes = 2000;
    for (const auto& each : view_.pictures)
      if (each.included && each.failed.empty()) view_.total_bytes += each.bytes.value_or(0);
    server_->show_view(view_);
  }
  void set(const json& what) {
    const std::lock_guard lock{guard_};
    const auto text = [&](const char* name, std::string& into) {
      if (what.contains(name)) into = what[name];
    };
    text("number", view_.number);
    text("url", view_.url);
    text("detail", view_.detail);
    text("technical", view_.technical);
    text("pictures_note", view_.pictures_note);
    if (what.contains("sent_bytes")) view_.sent_bytes = what["sent_bytes"];
    if (what.contains("slow")) slow_ = what["slow"];
    if (what.contains("ticket")) view_.ticket.bytes[0] = what["ticket"];
    if (what.contains("hold")) hold_ = what["hold"];
    if (!hold_)
      for (const auto& each : std::exchange(held_, {}))
        server_->show_image(each);
    if (what.contains("deaf")) deaf_ = what["deaf"];
    if (what.contains("include_picture"))
      view_.pictures.at(what["include_picture"].get<std::size_t>() - 1).included = what["on"];
    if (what.contains("include_fact"))
      for (auto& each : view_.facts)
        if (each.content.id == what["include_fact"]) each.included = what["on"];
    if (what.contains("choices"))
      for (const auto& [name, options] : what["choices"].items())
        view_.choices.push_back({name, options});
    if (what.contains("facts_complete")) view_.facts_complete = what["facts_complete"];
    if (what.contains("fail_picture")) view_.pictures.at(what["fail_picture"]).failed = what["why"];
    if (what.contains("remark_on")) {
      auto& picture = view_.pictures.at(what["remark_on"]);
      picture.hidden = what.value("hidden", 0U);
      picture.hidden_by = what.value("hidden_by", std::vector<std::string>{});
      for (auto note = picture_note::none; note <= picture_note::lost_other;
           note = static_cast<picture_note>(static_cast<int>(note) + 1))
        if (what.value("note", "") == to_string(note)) picture.note = note;
      if (is_lost(picture.note)) picture.failed = what["why"];
    }
    if (what.contains("encoded")) {
      view_.encoded = what["encoded"];
      for (std::size_t i = 0; i < view_.pictures.size(); ++i)
        view_.pictures[i].bytes =
            i < view_.encoded ? std::optional<std::uint64_t>{301000 + i * 1000} : std::nullopt;
    }
    for (int phase = 0; phase <= static_cast<int>(ticket_phase::discarded); ++phase)
      if (what.value("phase", "") == to_string(static_cast<ticket_phase>(phase)))
        view_.phase = static_cast<ticket_phase>(phase);
  }

  void heard(const page::claim&) { say({{"type", "claim"}}); }
  void heard(const page::include_picture& c) {
    say({{"type", "include_picture"}, {"id", c.id}, {"on", c.on}});
    const std::lock_guard lock{guard_};
    if (deaf_) return;
    for (auto& each : view_.pictures)
      if (each.id == c.id) each.included = c.on;
    show_locked();
  }
  void heard(const page::black_out& c) {
    json regions = json::array();
    for (const auto& each : c.regions)
      regions.push_back({each.x, each.y, each.width, each.height});
    say({{"type", "black_out"}, {"id", c.id}, {"regions", regions}});
    const std::lock_guard lock{guard_};
    auto& picture = view_.pictures.at(c.id - 1);
    picture.regions = c.regions;
    if (slow_) picture.bytes.reset();
    auto image = to_rgba(black_out(paint(scene_, c.id), c.regions), 240);
    image.id = c.id;
    image.thumbnail = true;
    server_->show_image(image);
    show_locked();
  }
  void heard(const page::include_fact& c) {
    say({{"type", "include_fact"}, {"id", c.id}, {"on", c.on}});
    const std::lock_guard lock{guard_};
    if (deaf_) return;
    for (auto& each : view_.facts)
      if (each.content.id == c.id) each.included = c.on;
    show_locked();
  }
  void heard(const page::write_form& c) {
    const auto& form = c.form;
    say({{"type", "write_form"},
         {"form",
          {{"name", form.name},
           {"email", form.email},
           {"phone", form.phone},
           {"business", form.business},
           {"message", form.message},
           {"urgency", form.urgency},
           {"choices", form.choices}}}});
    const std::lock_guard lock{guard_};
    view_.form = form;
    show_locked();
  }
  void heard(const page::show_picture& c) {
    say({{"type", "show_picture"}, {"id", c.id}});
    const std::lock_guard lock{guard_};
    auto image = to_rgba(black_out(paint(scene_, c.id), view_.pictures.at(c.id - 1).regions), 0);
    image.id = c.id;
    if (hold_) return held_.push_back(image);
    server_->show_image(image);
  }
  void heard(const page::send&) { say({{"type", "send"}}); }
  void heard(const page::discard&) { say({{"type", "discard"}}); }

  void say(const json& what) {
    const std::lock_guard lock{tongue_};
    std::cout << what.dump() << '\n' << std::flush;
  }

  scene scene_;
  ticket_view view_;
  bool shown_{};
  bool hold_{}; ///< Pictures wait until this is over.
  std::vector<rgba_image> held_;
  bool deaf_{}; ///< What the page asks for is said and not done.
  bool slow_{}; ///< Files that are made anew take until "encoded" is set.
  std::mutex guard_, tongue_;
  std::unique_ptr<page_server> server_;
};

} // namespace

int main(int argc, char** argv) {
  scene what;
  page_server::options where;
  std::string handover = "file";
  CLI::App app;
  app.add_option("--runtime", where.runtime)->required();
  app.add_option("--handover", handover);
  app.add_option("--language", where.language);
  app.add_option("--port", where.port);
  app.add_option("--pictures", what.pictures);
  app.add_option("--facts", what.facts);
  app.add_option("--width", what.width);
  app.add_option("--height", what.height);
  app.add_flag("--noise", what.noise);
  app.add_flag("--two-screens", what.two_screens);
  CLI11_PARSE(app, argc, argv);
  where.handover = handover == "url" ? page_session::handover::url : page_session::handover::file;
  if (!init_crypto()) return 1;
  desk here{what, where};
  for (std::string line; std::getline(std::cin, line);)
    here.order(json::parse(line));
  return 0;
}
