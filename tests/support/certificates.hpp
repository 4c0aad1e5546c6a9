#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tier2::test {

/// A certificate (with its chain) and its private key, PEM files.
struct issued_certificate {
  std::filesystem::path certificate, key;
};

/// What a certificate says; the times are seconds from now.
struct certificate_recipe {
  std::string common_name;
  std::vector<std::string> dns, addresses;
  long from_s{-3600}, to_s{86400};
};

/// A root that is made when a test needs one, and issues certificates into its directory. P-256 throughout.
class certificate_authority {
public:
  explicit certificate_authority(std::filesystem::path directory,
                                 const std::string& common_name = "Test Root");
  ~certificate_authority();
  /// The root's certificate, PEM.
  const std::filesystem::path& root() const { return root_; }
  /// Writes `file`.pem and `file`.key.
  issued_certificate issue(const std::string& file, const certificate_recipe& what) const;
  /// A certificate that vouches for itself, written beside the others.
  issued_certificate self_signed(const std::string& file, const certificate_recipe& what) const;
  /// For 127.0.0.1, ::1 and localhost.
  issued_certificate loopback(const std::string& file = "loopback") const;

private:
  struct state;
  std::filesystem::path directory_, root_;
  std::unique_ptr<state> state_;
};

} // namespace tier2::test
