#include "platform/browser.hpp"
#include "platform/process.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/signer.hpp"
#include "tools/ctl/subcommands.hpp"

namespace tier2::ctl {

namespace {

struct signer_options {
  std::shared_ptr<connection_options> to;
  std::string key;
  std::uint16_t port{7717};
  bool print_file{};
};

void show(const std::string& file, bool print) {
  if (print) {
    std::cout << file << "\n" << std::flush;
    return;
  }
  if (auto opened = open_in_browser({}, file); !opened)
    report("signer",
           {opened.error().code, opened.error().what + " Or open " + file + " yourself, within a minute."});
}

int serve(const signer_options& options) {
  termination until;
  auto key_file = options.key;
  if (key_file.empty()) {
    const auto config = read_config(options.to->config);
    if (!config) return report("signer", config.error());
    key_file = config->key_file;
  }
  if (key_file.empty())
    return report("signer", {errc::invalid_argument, "A signer needs a key: --key FILE, or key_file in " +
                                                         default_config_path() + "."});
  auto key = read_signing_key(key_file);
  if (!key) return report("signer", key.error());
  auto poster = connect(*options.to);
  if (!poster) return report("signer", poster.error());
  auto asker = connect(*options.to);
  if (!asker) return report("signer", asker.error());
  signer running{std::move(*key), std::move(*poster), std::move(*asker)};
  const auto port = running.start(
      options.port, [print = options.print_file](const std::string& file) { show(file, print); });
  if (!port) return report("signer", port.error());
  std::cerr << "tier2ctl: The signer waits at http://127.0.0.1:" << *port
            << "/ for commands from the console's page. Ctrl-C ends it.\n";
  running.open();
  until.wait();
  return exit_done;
}

} // namespace

void add_signer(CLI::App& app, outcome& out) {
  auto* const sub =
      app.add_subcommand("signer", "Show commands from the console in your browser, to be signed here");
  const auto options = std::make_shared<signer_options>();
  options->to = add_connection_options(*sub);
  sub->add_option("--key", options->key, "The private key's file, readable by you alone");
  sub->add_option("--port", options->port, "On 127.0.0.1; 7717 otherwise, which the console's page expects");
  sub->add_flag("--print-file", options->print_file, "Print the file to open, instead of opening it");
  sub->callback([options, &out] { out.run = [options] { return serve(*options); }; });
}

} // namespace tier2::ctl
