#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

// embed NAME OUTPUT FILE…: writes a C++ file that defines tier2::pages::NAME(), the given files as assets.
namespace {

std::string media_type(const std::string& name) {
  const auto ends = [&](const std::string& tail) {
    return name.size() >= tail.size() && name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
  };
  if (ends(".html")) return "text/html; charset=utf-8";
  if (ends(".css")) return "text/css; charset=utf-8";
  if (ends(".js")) return "text/javascript; charset=utf-8";
  if (ends(".json")) return "application/json";
  if (ends(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: embed NAME OUTPUT FILE...\n";
    return 2;
  }
  std::ofstream out{argv[2]};
  out << "#include \"platform/pages/assets.hpp\"\n\nnamespace tier2::pages {\nnamespace {\n";
  std::string table;
  for (int i = 3; i < argc; ++i) {
    const std::string path = argv[i];
    std::ifstream in{path, std::ios::binary};
    if (!in) {
      std::cerr << "embed: cannot read " << path << "\n";
      return 1;
    }
    const std::string body{std::istreambuf_iterator<char>{in}, {}};
    const std::string name = path.substr(path.find_last_of('/') + 1);
    out << "constexpr unsigned char file_" << i << "[] = {";
    for (std::size_t at = 0; at < body.size(); ++at) {
      if (at % 32 == 0) out << "\n";
      out << static_cast<unsigned>(static_cast<unsigned char>(body[at])) << ",";
    }
    out << "\n0};\n";
    table += "    {\"" + name + "\", \"" + media_type(name) + "\", {reinterpret_cast<const char*>(file_" +
             std::to_string(i) + "), " + std::to_string(body.size()) + "}},\n";
  }
  out << "const asset table[] = {\n"
      << table << "};\n} // namespace\n\n"
      << "std::span<const asset> " << argv[1] << "() { return table; }\n\n} // namespace tier2::pages\n";
  out.close();
  return out ? 0 : 1;
}
