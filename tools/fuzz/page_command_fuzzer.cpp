#include "messages/wire/manifest.hpp"
#include "messages/wire/page.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto command = wire::decode_page_command(text_of(data, size));
  if (!command) return 0;
  if (const auto* written = std::get_if<page::write_form>(&*command)) {
    ticket_manifest manifest;
    manifest.ticket.bytes[0] = 1;
    manifest.form = written->form;
    const auto again = wire::decode_manifest(wire::encode(manifest));
    promise(again.has_value() && again->form == written->form, "what the user wrote can be sent as it is");
  }
  return 0;
}
