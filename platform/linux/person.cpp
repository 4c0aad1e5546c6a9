#include "platform/person.hpp"

#include "messages/wire/json.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace tier2 {

namespace {

constexpr std::size_t most_bytes = 200;

std::string clean(std::string_view text) {
  auto valid = wire::valid_utf8(std::string{text}, most_bytes);
  std::erase_if(valid, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  const auto first = valid.find_first_not_of(' ');
  return first == std::string::npos ? std::string{}
                                    : valid.substr(first, valid.find_last_not_of(' ') - first + 1);
}

std::string capitalised(std::string_view account) {
  std::string name{account};
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z') name.front() -= 'a' - 'A';
  return name;
}

} // namespace

person parse_gecos(std::string_view gecos, std::string_view account) {
  std::array<std::string_view, 4> fields;
  for (auto& field : fields) {
    const auto end = gecos.find(',');
    field = gecos.substr(0, end);
    gecos = end == std::string_view::npos ? std::string_view{} : gecos.substr(end + 1);
  }
  std::string name{fields[0]};
  if (const auto at = name.find('&'); at != std::string::npos) name.replace(at, 1, capitalised(account));
  return {clean(name), {}, clean(fields[2].empty() ? fields[3] : fields[2])};
}

person current_person() {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int outcome = 0;
  while ((outcome = ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
         buffer.size() < (1U << 20U))
    buffer.resize(buffer.size() * 2);
  person who;
  if (outcome == 0 && found != nullptr && found->pw_gecos != nullptr)
    who = parse_gecos(found->pw_gecos, found->pw_name);
  const char* mail = std::getenv("EMAIL"); // NOLINT(concurrency-mt-unsafe): nothing here ever sets one
  if (mail != nullptr && std::string_view{mail}.find('@') != std::string_view::npos) who.email = clean(mail);
  return who;
}

} // namespace tier2
