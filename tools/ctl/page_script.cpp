#include "tools/ctl/page_script.hpp"

#include <regex>
#include <vector>

namespace tier2::ctl {

namespace {

const std::regex import_line{R"re(^import \{ ([\w, ]+) \} from "\./([a-z0-9_]+\.js)";$)re"};
const std::regex export_list{R"(^export \{ ([\w, ]+) \};$)"};
const std::regex declaration{R"(^export (?:async )?(?:function|const|class) (\w+))"};
const std::regex renamed{R"(\b(\w+) as (\w+)\b)"};

tl::unexpected<error> not_understood(std::string_view name, const std::string& line) {
  return fail(errc::malformed, std::string{name} + " has a line that cannot be put into one script: " + line);
}

result<std::string> wrapped(const pages::asset& module, bool last) {
  std::string body;
  std::string exports;
  std::string_view rest = module.body;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    std::string line{rest.substr(0, end)};
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    std::smatch found;
    if (line.starts_with("import ")) {
      if (!std::regex_match(line, found, import_line)) return not_understood(module.name, line);
      line = "const { " + std::regex_replace(found[1].str(), renamed, "$1: $2") + " } = modules[\"" +
             found[2].str() + "\"];";
    } else if (line.starts_with("export ")) {
      if (std::regex_match(line, found, export_list)) {
        exports += found[1].str() + ", ";
        line.clear();
      } else if (std::regex_search(line, found, declaration)) {
        exports += found[1].str() + ", ";
        line.erase(0, std::string_view{"export "}.size());
      } else {
        return not_understood(module.name, line);
      }
    }
    body += line + "\n";
  }
  if (last) return body;
  return "modules[\"" + std::string{module.name} + "\"] = (() => {\n" + body + "return { " + exports +
         "};\n})();\n";
}

} // namespace

result<std::string> one_script(std::span<const pages::asset> files, std::span<const std::string_view> names) {
  std::string script = "const modules = {};\n";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* const module = pages::find(files, names[i]);
    if (module == nullptr) return fail(errc::not_found, "There is no module " + std::string{names[i]} + ".");
    const auto piece = wrapped(*module, i + 1 == names.size());
    if (!piece) return piece;
    script += *piece;
  }
  return script;
}

} // namespace tier2::ctl
