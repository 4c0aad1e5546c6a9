#pragma once

#include "actors/consent/page_session.hpp"
#include "platform/net/websocket_server.hpp"
#include "platform/pages/assets.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tier2 {

/// What a program's page is made of. Each is called with the caller's lock held.
struct page_texts {
  std::function<const pages::asset*(std::string_view name)> asset; ///< Null: there is no such file.
  std::function<std::string(const std::string& secret)> page;      ///< Its token is spent.
  std::function<std::string()> reopen_page;
};

/// `page_session`'s decisions as what the server sends.
struct page_answer {
  net::websocket_server::response response;
  bool reopen{false}; ///< The program opens its page anew.
};
page_answer answer_page(page_session& session, const net::websocket_server::request& what, steady_time now,
                        const page_texts& texts);

/// Whether this connection may become a page's; those that make room for it are closed.
net::websocket_server::upgrade admit_page(page_session& session, net::websocket_server& server,
                                          page_session::connection_id who,
                                          const net::websocket_server::request& what, steady_time now);

} // namespace tier2
