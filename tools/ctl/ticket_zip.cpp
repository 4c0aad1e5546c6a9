#include "tools/ctl/ticket_zip.hpp"

#include "messages/wire/manifest.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <memory>

namespace tier2::ctl {

namespace {

constexpr std::size_t longest_name = 80;

struct freed {
  void operator()(archive* made) const { archive_write_free(made); }
  void operator()(archive_entry* made) const { archive_entry_free(made); }
};

class zip {
public:
  explicit zip(new_file& to, std::int64_t seconds) : made_{archive_write_new()}, seconds_{seconds} {
    usable_ = made_ && archive_write_set_format_zip(made_.get()) == ARCHIVE_OK &&
              archive_write_open_fd(made_.get(), to.descriptor()) == ARCHIVE_OK;
  }
  result<void> begin(const std::string& name, std::uint64_t bytes) {
    const std::unique_ptr<archive_entry, freed> entry{archive_entry_new()};
    if (!usable_ || !entry) return fail(errc::io_failed, "The archive could not be begun.");
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_mtime(entry.get(), seconds_, 0);
    return checked(archive_write_header(made_.get(), entry.get()) == ARCHIVE_OK);
  }
  result<void> write(std::string_view bytes) {
    return checked(archive_write_data(made_.get(), bytes.data(), bytes.size()) ==
                   static_cast<la_ssize_t>(bytes.size()));
  }
  result<void> finish() { return checked(archive_write_close(made_.get()) == ARCHIVE_OK); }

private:
  result<void> checked(bool fine) const {
    if (fine) return {};
    const char* why = archive_error_string(made_.get());
    return fail(errc::io_failed, std::string{"The archive could not be written: "} +
                                     (why == nullptr ? "no reason" : why) + ".");
  }
  std::unique_ptr<archive, freed> made_;
  std::int64_t seconds_;
  bool usable_{};
};

} // namespace

std::string name_in_archive(const listed_part& part) {
  std::string plain;
  for (const char c : part.name.substr(0, longest_name)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || (c == '.' && !plain.empty() && plain.back() != '.');
    plain += kept ? c : '_';
  }
  while (plain.ends_with('.')) // Windows would take it off, and find another name
    plain.pop_back();
  auto number = std::to_string(part.part);
  number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
  return plain.empty() ? number : number + "-" + plain;
}

result<void> write_zip(cloud_client& client, const listed_ticket& ticket, new_file& to) {
  const auto received = wire::parse_rfc3339(text_in(ticket.document, "received"));
  const auto since = received ? received->time_since_epoch() : wall_time::duration{};
  zip out{to, std::chrono::duration_cast<std::chrono::seconds>(since).count()};
  const std::string folder = "ticket-" + std::to_string(ticket.number) + "/";
  const auto add = [&](const std::string& name, const std::string& bytes) -> result<void> {
    if (auto begun = out.begin(folder + name, bytes.size()); !begun) return begun;
    return out.write(bytes);
  };
  const auto document = ticket.document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  if (auto added = add("ticket.json", document); !added) return added;
  const auto manifest = get_manifest(client, ticket);
  if (!manifest) return tl::unexpected(manifest.error());
  if (auto added = add("manifest.json", *manifest); !added) return added;
  for (const auto& part : ticket.parts) {
    if (auto begun = out.begin(folder + name_in_archive(part), part.bytes); !begun) return begun;
    if (auto got = get_part(client, ticket, part, [&](std::string_view piece) { return out.write(piece); });
        !got)
      return got;
  }
  return out.finish();
}

} // namespace tier2::ctl
