#include "tools/ctl/posting.hpp"

#include "tools/ctl/visible_text.hpp"

#include <csignal>
#include <iostream>

namespace tier2::ctl {

result<cloud_client> connect(const connection_options& options) {
  // A cloud that hangs up while we write, or a reader of ours that went, is an error and no signal.
  std::signal(SIGPIPE, SIG_IGN);
  auto where = connect_with(options);
  if (!where) return tl::unexpected(where.error());
  return cloud_client::make(std::move(*where));
}

result<nlohmann::json> post_command(cloud_client& client, const std::string& token) {
  auto receipt = client.post("/api/v1/commands", {{"jws", token}});
  const auto rubbish = [&] {
    return !receipt->is_object() || (receipt->contains("agents") && !(*receipt)["agents"].is_array());
  };
  if (receipt && rubbish())
    return fail(errc::malformed,
                client.url() + " took the command and answered with something that is no receipt of ours. "
                               "Whether it runs is not known; look among the commands in the console.");
  return receipt;
}

void print_receipt(const nlohmann::json& receipt, const uuid& id, bool json, bool followed) {
  if (json) {
    nlohmann::ordered_json line;
    if (followed) line["event"] = "posted";
    line.update(receipt);
    if (followed) line["event"] = "posted"; // It is our word, and not the cloud's to change.
    std::cout << line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << "\n"
              << std::flush;
    return;
  }
  const auto machines = receipt.contains("agents") ? receipt["agents"].size() : 0;
  if (!followed) std::cout << to_string(id) << "\n" << std::flush;
  std::cerr << "tier2ctl: The cloud took the command " << (followed ? to_string(id) + " " : "") << "for "
            << machines << (machines == 1 ? " machine" : " machines");
  if (receipt.contains("unknown") && receipt["unknown"].is_array())
    for (const auto& each : receipt["unknown"])
      if (each.is_string()) std::cerr << "; it does not know " << visible_text(each.get<std::string>(), 255);
  std::cerr << ".\n";
}

int exit_code_of(const error& why) { return is_connection_error(why) ? exit_unreachable : exit_refused; }

} // namespace tier2::ctl
