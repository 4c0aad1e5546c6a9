#include "tools/cloud/file_answer.hpp"

#include "tools/cloud/api_answers.hpp"

#include <array>
#include <fstream>
#include <httplib.h>

namespace tier2::cloud {

namespace {

/// `offset` and `length` of the query, or all; nothing when they do not fit.
std::optional<std::pair<std::uint64_t, std::uint64_t>> wanted(const httplib::Request& request,
                                                              std::uint64_t bytes) {
  std::uint64_t offset = 0;
  if (request.has_param("offset")) {
    const auto given = to_number<std::uint64_t>(request.get_param_value("offset"));
    if (!given || *given > bytes) return std::nullopt;
    offset = *given;
  }
  std::uint64_t length = bytes - offset;
  if (request.has_param("length")) {
    const auto given = to_number<std::uint64_t>(request.get_param_value("length"));
    if (!given) return std::nullopt;
    length = std::min(length, *given);
  }
  return std::pair{offset, length};
}

} // namespace

void send_file(const httplib::Request& request, httplib::Response& answer, const std::string& path,
               std::uint64_t bytes, const file_headers& headers) {
  const auto piece = wanted(request, bytes);
  if (!piece)
    return send_error(answer, 400, "invalid_argument",
                      "offset and length are numbers, and offset is not beyond the " + std::to_string(bytes) +
                          " bytes that are here.");
  auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (bytes != 0 && !*file)
    return send_error(answer, 404, "not_found", "The content is missing on the server's disk.");
  answer.set_header("Content-Disposition", headers.content_disposition);
  answer.set_header("Content-Security-Policy", "default-src 'none'; sandbox");
  const auto [from, count] = *piece;
  if (count == 0) return answer.set_content("", headers.content_type);
  answer.set_content_provider(
      static_cast<std::size_t>(count), headers.content_type,
      [file, from = from](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        std::array<char, 64U << 10U> buffer{};
        file->clear();
        file->seekg(static_cast<std::streamoff>(from + offset));
        file->read(buffer.data(), static_cast<std::streamsize>(std::min(length, buffer.size())));
        return file->gcount() > 0 && sink.write(buffer.data(), static_cast<std::size_t>(file->gcount()));
      });
}

} // namespace tier2::cloud
