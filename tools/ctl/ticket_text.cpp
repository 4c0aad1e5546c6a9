#include "tools/ctl/ticket_text.hpp"

#include "tools/ctl/visible_text.hpp"

namespace tier2::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t most_line = 1000;
constexpr std::size_t most_cell = 120;
constexpr std::size_t most_message = 64U << 10U;

std::string shown(const json& object, const char* name, std::size_t most = most_line) {
  return visible_text(text_in(object, name), most);
}

std::string number_in(const json& object, const char* name) {
  const auto& value = member(object, name);
  return value.is_number_integer() || value.is_number_unsigned() ? std::to_string(value.get<std::int64_t>())
                                                                 : "?";
}

/// "2026-01-02 03:04:05" of the cloud's times; anything else as it came.
std::string time_in(const json& object, const char* name) {
  const auto text = shown(object, name, 40);
  return text.size() == 24 && text[10] == 'T' ? text.substr(0, 10) + " " + text.substr(11, 8) : text;
}

void line(std::string& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out += name + ": " + value + "\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& each : words)
    if (!each.empty()) text += (text.empty() ? "" : ", ") + each;
  return text;
}

void add_form(std::string& out, const json& form) {
  out += "\nWhat happened:\n";
  const auto message = text_in(form, "message");
  out += message.empty() ? "  (no description)\n" : "";
  std::string_view rest{message};
  rest = rest.substr(0, most_message);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    out += "  " + visible_text(rest.substr(0, end), most_message) + "\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  out += "\n";
  line(out, "From",
       joined({shown(form, "name"), shown(form, "email"), shown(form, "phone"), shown(form, "business")}));
  const auto& choices = member(form, "choices");
  if (choices.is_object())
    for (const auto& [name, value] : choices.items())
      line(out, visible_text(name, most_cell),
           value.is_string() ? visible_text(value.get<std::string>(), most_line) : "?");
}

void add_people(std::string& out, const json& document) {
  const auto& origin = member(document, "origin");
  const auto& machine = member(document, "machine");
  const auto& says = member(document, "says");
  out += "\nWho asks, by the machine's service and kernel:\n";
  line(out, "  User",
       shown(origin, "user") + " (account " + shown(origin, "account") + ", session " +
           shown(origin, "session") + ")");
  line(out, "  Machine",
       joined({shown(machine, "display_name"), shown(machine, "host"), shown(machine, "os")}));
  line(out, "  Agent", shown(machine, "agent") + ", version " + shown(machine, "version"));
  out += "What the user's program says, unchecked:\n";
  line(out, "  User", joined({shown(says, "user"), shown(says, "host"), shown(says, "session")}));
}

void add_steps(std::string& out, const json& document) {
  const auto& steps = member(document, "steps");
  if (!steps.is_array() || steps.empty()) return;
  out += "\nSteps (times in UTC):\n";
  std::size_t count = 0;
  for (const auto& step : steps) {
    const auto window = shown(step, "window", most_cell);
    const auto application = shown(step, "application", most_cell);
    out += "  " + std::to_string(++count) + "  " + time_in(step, "at") + "  " + shown(step, "trigger", 40) +
           " at " + number_in(step, "x") + "," + number_in(step, "y") +
           (window.empty() ? "" : "  \"" + window + "\"") +
           (application.empty() ? "" : " (" + application + ")");
    for (const auto& [name, words] :
         {std::pair{"redactions", "blacked out: "}, {"hidden", "hidden windows: "}})
      if (const auto times = number_in(step, name); times != "0" && times != "?")
        out += std::string{"  ["} + words + times + "]";
    out += '\n';
  }
}

void add_files(std::string& out, const listed_ticket& ticket) {
  out += "\nFiles:\n";
  for (const auto& part : ticket.parts)
    out += "  " + std::to_string(part.part) + "  " + std::to_string(part.bytes) + " bytes  " +
           visible_text(part.media_type, most_cell) + "  " + visible_text(part.name, 255) + "\n";
}

} // namespace

std::vector<std::string> ticket_heads() {
  return {"NUMBER", "RECEIVED (UTC)", "URGENCY", "USER", "MACHINE", "PICTURES", "WHAT"};
}

std::vector<std::string> ticket_row(const json& ticket) {
  return {number_in(ticket, "number"),         time_in(ticket, "received"),
          shown(ticket, "urgency", 20),        shown(ticket, "user", most_cell),
          shown(ticket, "machine", most_cell), number_in(ticket, "pictures"),
          shown(ticket, "message", most_cell)};
}

std::string ticket_text(const listed_ticket& ticket) {
  const auto& document = ticket.document;
  const auto& form = member(document, "form");
  const auto& consent = member(document, "consent");
  std::string out =
      "Ticket " + std::to_string(ticket.number) + ", received " + time_in(document, "received") + " UTC";
  const auto urgency = shown(form, "urgency", 20);
  out += urgency.empty() ? "\n" : ", urgency " + urgency + "\n";
  add_form(out, form);
  add_people(out, document);
  add_steps(out, document);
  add_files(out, ticket);
  out += "\n";
  const bool asked = text_in(consent, "mode") == "asked";
  line(out, "Consent",
       (asked ? "by the word of the user's program, who saw all of it and said Send, "
              : "by the organisation's policy, ") +
           time_in(consent, "at") + " UTC, " + number_in(document, "left_out") + " pictures left out");
  line(out, "Digest (BLAKE2b-256)", to_string(ticket.manifest));
  line(out, "Kept until", time_in(document, "kept_until"));
  return out;
}

} // namespace tier2::ctl
