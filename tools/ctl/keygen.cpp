#include "platform/private_file.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/subcommands.hpp"

#include <memory>
#include <nlohmann/json.hpp>

namespace tier2::ctl {

namespace {

struct keygen_options {
  std::string out, public_out;
  bool json{};
};

result<signing_key> make_key(const keygen_options& options) {
  for (const auto& path : {options.out, options.public_out})
    if (auto fresh = must_be_new(path); !path.empty() && !fresh) return tl::unexpected(fresh.error());
  if (options.out == options.public_out)
    return fail(errc::invalid_argument, "The two halves of a key need a file each.");
  auto key = signing_key::generate();
  if (!key) return key;
  const auto pem = key->private_pem();
  if (!pem) return tl::unexpected(pem.error());
  // Whoever makes the private half's file has the name; of two runs at once the other one ends here.
  if (auto written = write_new_private(options.out, *pem); !written) return tl::unexpected(written.error());
  if (options.public_out.empty()) return key;
  if (auto written = write_new_text(options.public_out, key->public_pem()); !written) {
    // Nobody has seen anything of this key yet.
    if (auto erased = erase_private_file(options.out); !erased) return tl::unexpected(erased.error());
    return fail(written.error().code, written.error().what + " No key was made.");
  }
  return key;
}

int keygen(const keygen_options& options) {
  const auto key = make_key(options);
  if (!key) return report("keygen", key.error());
  if (options.json) {
    nlohmann::ordered_json said{{"kid", key->thumbprint()}, {"private", options.out}};
    if (!options.public_out.empty()) said["public"] = options.public_out;
    said["public_pem"] = key->public_pem();
    std::cout << said.dump() << "\n";
    return exit_done;
  }
  std::cout << key->thumbprint() << "\n";
  std::cerr << "The private key is in " << options.out
            << ", readable by you alone. Who has it can run anything "
            << "on each machine whose build names its public half (meson setup -Dcommand_keys=...).\n";
  return exit_done;
}

} // namespace

void add_keygen(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("keygen", "Make a key that signs commands; prints its kid");
  const auto options = std::make_shared<keygen_options>();
  sub->add_option("--out", options->out, "The new file of the private key (0600); must not exist")
      ->required();
  sub->add_option("--public", options->public_out, "The new file of the public key; must not exist");
  sub->add_flag("--json", options->json, "Print an object: kid, private, public, public_pem");
  sub->callback([options, &out] { out.run = [options] { return keygen(*options); }; });
}

} // namespace tier2::ctl
