#pragma once

#include <cstdint>
#include <string>

namespace httplib {
struct Request;
struct Response;
} // namespace httplib

namespace tier2::cloud {

struct file_headers {
  std::string content_type, content_disposition;
};

/// The first `bytes` of a file, or `length` of them from `offset` on, both from the query (the port does not
/// hand the header Range over); 400 when they do not fit. What a browser makes of it is in a sandbox.
void send_file(const httplib::Request& request, httplib::Response& answer, const std::string& path,
               std::uint64_t bytes, const file_headers& headers);

} // namespace tier2::cloud
