#include "actors/ticket/ticket_draft.hpp"

#include "actors/ticket/facts_file.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace tier2 {

namespace {

constexpr std::size_t most_title_bytes = 64U << 10U;

/// The parts of the regions that lie in the picture.
std::vector<region> cut(const std::vector<region>& regions, const frame_info& to) {
  std::vector<region> inside;
  for (auto each : regions) {
    if (each.x >= to.width || each.y >= to.height) continue;
    each.width = std::min(each.width, to.width - each.x);
    each.height = std::min(each.height, to.height - each.y);
    if (each.width > 0 && each.height > 0) inside.push_back(each);
  }
  return inside;
}

bool offered(const std::vector<form_choice>& choices, const std::string& name, const std::string& option) {
  const auto at = std::ranges::find(choices, name, &form_choice::name);
  return at != choices.end() && std::ranges::find(at->options, option) != at->options.end();
}

} // namespace

ticket_draft::ticket_draft(origin who, const std::vector<frame_info>& pictures)
    : who_(std::move(who)), form_(std::move(who_.form)) {
  std::uint32_t id = 0;
  for (const auto& info : pictures)
    pictures_.push_back({++id, info, true, std::nullopt, info.technical, {}});
}

void ticket_draft::picture_encoded(std::uint32_t id, picture_file file) {
  if (!open() || id == 0 || id > pictures_.size()) return;
  pictures_[id - 1].file = std::move(file);
  look_complete();
}

void ticket_draft::picture_failed(std::uint32_t id, std::string why) {
  if (!open() || id == 0 || id > pictures_.size()) return;
  pictures_[id - 1].failed = std::move(why);
  look_complete();
}

void ticket_draft::add_fact(fact what) {
  if (!open()) return;
  facts_.push_back({std::move(what), true});
}

void ticket_draft::facts_complete() {
  facts_complete_ = true;
  look_complete();
}

void ticket_draft::look_complete() {
  const auto done = std::all_of(pictures_.begin(), pictures_.end(),
                                [](const picture& each) { return each.file || !each.failed.empty(); });
  if (open()) phase_ = facts_complete_ && done ? ticket_phase::reviewing : ticket_phase::preparing;
}

bool ticket_draft::include_picture(std::uint32_t id, bool on) {
  if (!open() || id == 0 || id > pictures_.size()) return false;
  return std::exchange(pictures_[id - 1].included, on) != on;
}

bool ticket_draft::black_out(std::uint32_t id, const std::vector<region>& regions) {
  if (!open() || id == 0 || id > pictures_.size() || regions.size() > max_regions) return false;
  auto& picture = pictures_[id - 1];
  auto inside = cut(regions, picture.info);
  if (!picture.failed.empty() || inside == picture.regions) return false;
  picture.regions = std::move(inside);
  picture.file.reset();
  look_complete();
  return true;
}

std::vector<region> ticket_draft::regions(std::uint32_t id) const {
  return id == 0 || id > pictures_.size() ? std::vector<region>{} : pictures_[id - 1].regions;
}

bool ticket_draft::include_fact(const std::string& id, bool on) {
  if (!open()) return false;
  if (id == window_titles) return std::exchange(titles_included_, on) != on;
  for (auto& each : facts_)
    if (each.content.id == id) return std::exchange(each.included, on) != on;
  return false;
}

bool ticket_draft::write_form(ticket_form form) {
  std::erase_if(form.choices,
                [this](const auto& each) { return !offered(who_.choices, each.first, each.second); });
  if (!open() || form == form_) return false;
  form_ = std::move(form);
  return true;
}

bool ticket_draft::ask(std::string what) {
  if (!open() || what.empty()) return false;
  who_.asked = std::move(what);
  return true;
}

result<std::shared_ptr<const submission>> ticket_draft::consent(wall_time now) {
  if (!open()) return fail(errc::conflict, "This ticket was already sent or discarded.");
  for (const auto& each : pictures_)
    if (each.sends() && !each.file)
      return fail(errc::unavailable, "The pictures are still being prepared; this takes a moment.");

  ticket_manifest manifest;
  manifest.ticket = who_.ticket;
  manifest.opened_at = who_.opened_at;
  manifest.host = who_.host;
  manifest.user = who_.user;
  manifest.session = who_.session;
  manifest.form = form_;
  auto given = std::shared_ptr<submission>(new submission);

  const auto add = [&](std::string name, std::string media_type, std::shared_ptr<const private_bytes> bytes,
                       digest sum) {
    const ticket_part part{static_cast<std::uint32_t>(manifest.parts.size()), std::move(name),
                           std::move(media_type), bytes->size(), sum};
    manifest.parts.push_back(part);
    given->files_.push_back({part, std::move(bytes)});
    return part.part;
  };

  if (const auto facts = chosen_facts(); !facts.empty()) {
    const auto json = encode_facts(facts);
    const auto raw = std::as_bytes(std::span{json});
    add("system.json", "application/json", std::make_shared<const private_bytes>(raw.begin(), raw.end()),
        blake2b_256(json));
  }
  for (const auto& each : pictures_) {
    if (!each.sends()) {
      manifest.left_out += each.included ? 0 : 1;
      continue;
    }
    if (manifest.monitors.empty()) manifest.monitors = each.info.monitors;
    const auto part = add(each.file->name, each.file->media_type, each.file->bytes, each.file->blake2b);
    const auto& cause = each.info.cause;
    const bool named = titles_included_ && each.shows_title();
    manifest.steps.push_back(
        {part, cause.wall, cause.kind, cause.x, cause.y, named ? each.info.window : std::string{},
         named ? each.info.application : std::string{}, static_cast<std::uint32_t>(each.regions.size()),
         each.info.painted_over,
         each.info.monitors == manifest.monitors ? std::vector<monitor>{} : each.info.monitors});
  }

  if (given->files_.empty() && form_.message.find_first_not_of(" \t\r\n") == std::string::npos)
    return fail(errc::invalid_argument,
                "There is nothing to send yet: write a sentence or include a picture.");
  given->ticket_ = who_.ticket;
  given->manifest_ = wire::encode(manifest);
  if (given->manifest_.size() > wire::max_manifest_bytes)
    return fail(errc::too_large, "The ticket has too much text to be sent; please shorten what you wrote.");
  given->consent_ = {ticket_consent::mode::asked, now, blake2b_256(given->manifest_)};
  consented_bytes_ = total_bytes();
  phase_ = ticket_phase::sending;
  return given;
}

void ticket_draft::progress(ticket_phase phase, std::uint64_t acknowledged, std::string detail,
                            std::string technical) {
  if (phase_ != ticket_phase::sending && phase_ != ticket_phase::waiting) return;
  if (phase != ticket_phase::sending && phase != ticket_phase::waiting && phase != ticket_phase::refused)
    return;
  phase_ = phase;
  acknowledged_ = acknowledged;
  detail_ = std::move(detail);
  technical_ = std::move(technical);
}

void ticket_draft::sent(std::string number, std::string url) {
  if (phase_ != ticket_phase::sending && phase_ != ticket_phase::waiting) return;
  phase_ = ticket_phase::sent;
  acknowledged_ = consented_bytes_;
  number_ = std::move(number);
  url_ = std::move(url);
  detail_.clear();
  technical_.clear();
}

bool ticket_draft::discard() {
  if (phase_ == ticket_phase::sent) return false;
  phase_ = ticket_phase::discarded;
  pictures_.clear();
  facts_.clear();
  form_ = {};
  return true;
}

std::vector<fact> ticket_draft::chosen_facts() const {
  std::vector<fact> chosen;
  for (const auto& each : facts_)
    if (each.included) chosen.push_back(each.content);
  return chosen;
}

std::string ticket_draft::titles() const {
  std::string lines;
  std::set<std::string> known;
  std::size_t more = 0;
  for (const auto& each : pictures_) {
    if (!each.sends() || !each.shows_title()) continue;
    auto line = each.info.window;
    if (!each.info.application.empty()) line += (line.empty() ? "(" : " (") + each.info.application + ")";
    if (line.empty() || !known.insert(line).second) continue;
    if (lines.size() + line.size() > most_title_bytes)
      ++more;
    else
      lines += (lines.empty() ? "" : "\n") + line;
  }
  if (more > 0) lines += "\n… and " + std::to_string(more) + " more";
  return lines;
}

std::uint64_t ticket_draft::total_bytes() const {
  std::uint64_t total = 0;
  for (const auto& each : pictures_)
    if (each.sends() && each.file) total += each.file->bytes->size();
  if (const auto facts = chosen_facts(); !facts.empty()) total += encode_facts(facts).size();
  return total;
}

ticket_view ticket_draft::view() const {
  ticket_view shown;
  shown.ticket = who_.ticket;
  shown.phase = phase_;
  shown.to = who_.to;
  shown.host = who_.host;
  shown.user = who_.user;
  shown.asked = who_.asked;
  shown.opened_at = who_.opened_at;
  for (const auto& each : pictures_) {
    const auto& cause = each.info.cause;
    shown.pictures.push_back(
        {each.id, cause.wall, cause.kind, cause.x, cause.y, each.info.width, each.info.height,
         each.info.window, each.info.application, each.included,
         each.file ? std::optional<std::uint64_t>{each.file->bytes->size()} : std::nullopt, each.failed,
         each.regions, each.info.painted_over, each.info.hidden_by, each.info.note, each.info.monitors});
    if (each.file || !each.failed.empty()) ++shown.encoded;
  }
  for (const auto& each : facts_)
    shown.facts.push_back({each.content, each.included});
  if (auto text = titles(); !text.empty())
    shown.facts.push_back(
        {{std::string{window_titles}, "Titles of the windows", std::move(text), {}}, titles_included_});
  shown.facts_complete = facts_complete_;
  shown.choices = who_.choices;
  shown.form = form_;
  shown.total_bytes = open() ? total_bytes() : consented_bytes_;
  shown.sent_bytes = acknowledged_;
  shown.number = number_;
  shown.url = url_;
  shown.detail = detail_;
  shown.technical = technical_;
  return shown;
}

} // namespace tier2
