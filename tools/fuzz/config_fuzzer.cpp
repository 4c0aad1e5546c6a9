#include "messages/config.hpp"
#include "messages/host_name.hpp"
#include "messages/hotkey.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  if (const auto agent = parse_agent_config(text, "agent.toml")) {
    for (const auto& each : agent->input.hotkeys)
      promise(parse_hotkey(each).has_value(), "configured hotkeys are hotkeys");
    promise(agent->recording.frames >= 2 && agent->recording.frames <= 1000, "ranges hold");
    promise(agent->cloud.host.empty() || is_host(agent->cloud.host), "the cloud's host is a host");
  } else {
    promise(agent.error().what.starts_with("agent.toml:"), "a mistake has its file and line");
  }
  if (const auto cloud = parse_cloud_config(text, "cloud.toml"); !cloud)
    promise(cloud.error().what.starts_with("cloud.toml:"), "a mistake has its file and line");
  return 0;
}
