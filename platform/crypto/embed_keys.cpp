#include "platform/crypto/ecdsa.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

// embed_keys OUTPUT development|release PEM…: writes compiled_keys.cpp, or says which file is not a P-256
// public key.
int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: embed_keys OUTPUT development|release PEM...\n";
    return 2;
  }
  const std::string kind = argv[2];
  if (kind != "development" && kind != "release") {
    std::cerr << "embed_keys: \"" << kind << "\" is neither development nor release\n";
    return 2;
  }
  std::set<std::string> thumbprints;
  std::string table;
  for (int i = 3; i < argc; ++i) {
    const std::string path = argv[i];
    std::ifstream in{path, std::ios::binary};
    const std::string pem{std::istreambuf_iterator<char>{in}, {}};
    const auto key = tier2::verification_key::from_pem(pem);
    if (!key) {
      std::cerr << "command_keys: " << path << ": " << key.error().what << "\n";
      return 1;
    }
    if (!thumbprints.insert(key->thumbprint()).second) {
      std::cerr << "command_keys: " << path << ": this key is named twice. Name each key once.\n";
      return 1;
    }
    table += "    // " + key->thumbprint() + "\n    R\"pem(" + pem + ")pem\",\n";
  }
  std::ofstream out{argv[1], std::ios::binary};
  out << "#include \"platform/crypto/ecdsa.hpp\"\n\nnamespace tier2 {\n\nnamespace {\n"
      << "constexpr std::string_view keys[] = {\n"
      << table << "};\n} // namespace\n\n"
      << "std::span<const std::string_view> compiled_in_keys() { return keys; }\n"
      << "bool has_development_key() { return " << (kind == "development" ? "true" : "false") << "; }\n\n"
      << "} // namespace tier2\n";
  out.close();
  if (!out) std::cerr << "embed_keys: cannot write " << argv[1] << "\n";
  return out ? 0 : 1;
}
