#include "messages/wire/page.hpp"

#include "messages/wire/big_endian.hpp"
#include "messages/wire/ticket_members.hpp"

#include <limits>

namespace tier2::wire {

namespace {

constexpr std::size_t max_command_bytes = 1U << 20U;
constexpr int max_command_depth = 8;
constexpr std::uint32_t max_side = 65535;

template <class T>
result<page_command> command(const nlohmann::json& from) {
  return read_members<T>(from).map([](T&& value) { return page_command{std::move(value)}; });
}

nlohmann::ordered_json choice_json(const form_choice& choice) {
  auto options = nlohmann::ordered_json::array();
  for (const auto& each : choice.options)
    options.push_back(valid_utf8(each, short_text_bytes));
  return {{"name", valid_utf8(choice.name, short_text_bytes)}, {"options", std::move(options)}};
}

nlohmann::ordered_json region_json(const region& each) {
  return {{"x", each.x}, {"y", each.y}, {"width", each.width}, {"height", each.height}};
}

nlohmann::ordered_json picture_json(const ticket_view::picture& picture) {
  nlohmann::ordered_json json{
      {"id", picture.id},
      {"at", to_rfc3339(picture.at)},
      {"trigger", to_string(picture.cause)},
      {"x", picture.x},
      {"y", picture.y},
      {"width", picture.width},
      {"height", picture.height},
      {"window", valid_utf8(picture.window, long_text_bytes)},
      {"application", valid_utf8(picture.application, long_text_bytes)},
      {"included", picture.included},
      {"bytes", nullptr},
      {"failed", valid_utf8(picture.failed, long_text_bytes)},
      {"regions", nlohmann::ordered_json::array()},
      {"hidden", picture.hidden},
      {"hidden_by", picture.hidden_by},
      {"note", to_string(picture.note)},
      {"monitors", nlohmann::ordered_json::array()},
  };
  for (const auto& each : picture.regions)
    json["regions"].push_back(region_json(each));
  for (const auto& each : picture.monitors)
    json["monitors"].push_back({{"name", valid_utf8(each.name, short_text_bytes)},
                                {"x", each.x},
                                {"y", each.y},
                                {"width", each.width},
                                {"height", each.height},
                                {"scale", each.scale}});
  if (picture.bytes) json["bytes"] = *picture.bytes;
  return json;
}

nlohmann::ordered_json fact_json(const ticket_view::view_fact& fact) {
  return {
      {"id", fact.content.id},         {"title", fact.content.title}, {"text", fact.content.text},
      {"failed", fact.content.failed}, {"included", fact.included},
  };
}

} // namespace

template <class A, value_of<page::claim> V>
void members(A& a, V& claim) {
  a.text("secret", claim.secret, short_text_bytes);
}
template <class A, value_of<page::include_picture> V>
void members(A& a, V& choice) {
  a.number("id", choice.id, 0U, std::numeric_limits<std::uint32_t>::max());
  a.flag("on", choice.on);
}
template <class A, value_of<region> V>
void members(A& a, V& each) {
  a.number("x", each.x, 0U, max_side);
  a.number("y", each.y, 0U, max_side);
  a.number("width", each.width, 1U, max_side);
  a.number("height", each.height, 1U, max_side);
}
template <class A, value_of<page::black_out> V>
void members(A& a, V& what) {
  a.number("id", what.id, 0U, std::numeric_limits<std::uint32_t>::max());
  a.list("regions", what.regions, max_regions);
}
template <class A, value_of<page::include_fact> V>
void members(A& a, V& choice) {
  a.text("id", choice.id, short_text_bytes);
  a.flag("on", choice.on);
}
template <class A, value_of<page::write_form> V>
void members(A& a, V& written) {
  a.object("form", written.form);
}
template <class A, value_of<page::show_picture> V>
void members(A& a, V& wish) {
  a.number("id", wish.id, 0U, std::numeric_limits<std::uint32_t>::max());
}

std::string encode(const ticket_view& view) {
  auto pictures = nlohmann::ordered_json::array();
  for (const auto& each : view.pictures)
    pictures.push_back(picture_json(each));
  auto facts = nlohmann::ordered_json::array();
  for (const auto& each : view.facts)
    facts.push_back(fact_json(each));
  auto choices = nlohmann::ordered_json::array();
  for (const auto& each : view.choices)
    choices.push_back(choice_json(each));
  json_writer form;
  members(form, view.form);
  return dump_json({
      {"type", "view"},
      {"ticket", to_string(view.ticket)},
      {"phase", to_string(view.phase)},
      {"to", view.to},
      {"host", view.host},
      {"user", view.user},
      {"asked", view.asked},
      {"opened_at", to_rfc3339(view.opened_at)},
      {"pictures", std::move(pictures)},
      {"pictures_note", view.pictures_note},
      {"facts", std::move(facts)},
      {"facts_complete", view.facts_complete},
      {"form", std::move(form).take()},
      {"choices", std::move(choices)},
      {"encoded", view.encoded},
      {"total_bytes", view.total_bytes},
      {"sent_bytes", view.sent_bytes},
      {"number", view.number},
      {"url", view.url},
      {"detail", view.detail},
      {"technical", view.technical},
  });
}

result<page_command> decode_page_command(std::string_view json) {
  const auto parsed = parse_json(json, max_command_bytes, max_command_depth);
  if (!parsed) return tl::unexpected<error>(parsed.error());
  std::string type;
  json_reader reader{*parsed};
  reader.text("type", type, short_text_bytes);
  if (!reader.ok()) return tl::unexpected<error>(reader.failed());
  if (type == "claim") return command<page::claim>(*parsed);
  if (type == "include_picture") return command<page::include_picture>(*parsed);
  if (type == "black_out") return command<page::black_out>(*parsed);
  if (type == "include_fact") return command<page::include_fact>(*parsed);
  if (type == "write_form") return command<page::write_form>(*parsed);
  if (type == "show_picture") return command<page::show_picture>(*parsed);
  if (type == "send") return page::send{};
  if (type == "discard") return page::discard{};
  return fail(errc::malformed,
              "The page asked for something that this version does not know; it was refused.");
}

std::vector<std::byte> encode(const rgba_image& image) {
  std::span<const std::byte> pixels;
  if (image.bytes) pixels = *image.bytes;
  std::vector<std::byte> bytes;
  bytes.reserve(16 + pixels.size());
  append_big_endian(bytes, image.thumbnail ? 1U : 2U);
  append_big_endian(bytes, image.id);
  append_big_endian(bytes, image.width);
  append_big_endian(bytes, image.height);
  bytes.insert(bytes.end(), pixels.begin(), pixels.end());
  return bytes;
}

} // namespace tier2::wire
