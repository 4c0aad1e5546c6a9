#include "actors/consent/page_answer.hpp"

#include "actors/consent/page_files.hpp"
#include "actors/consent/page_request.hpp"

#include <vector>

namespace tier2 {

page_answer answer_page(page_session& session, const net::websocket_server::request& what, steady_time now,
                        const page_texts& texts) {
  page_answer out;
  auto& [response, reopen] = out;
  response.headers = pages::ticket_page_headers(session.port());
  response.headers["content-type"] = "text/html; charset=utf-8";
  const auto answer = session.decide(page_request(what), fresh_random(), now);
  response.status = answer.status;
  switch (answer.what) {
  case page_session::serve::asset:
    if (const auto* const file = texts.asset(answer.name)) {
      response.headers["content-type"] = file->media_type;
      response.body = file->body;
    } else {
      response.status = 404;
    }
    break;
  case page_session::serve::page:
    response.body = texts.page(answer.secret);
    break;
  case page_session::serve::reopen_page:
    response.body = texts.reopen_page();
    break;
  case page_session::serve::reopen:
    reopen = true;
    break;
  case page_session::serve::refusal:
    break;
  }
  if (response.body.empty()) response.headers["content-type"] = "text/plain; charset=utf-8";
  return out;
}

net::websocket_server::upgrade admit_page(page_session& session, net::websocket_server& server,
                                          page_session::connection_id who,
                                          const net::websocket_server::request& what, steady_time now) {
  std::vector<page_session::closing> make_room;
  net::websocket_server::upgrade out;
  out.accept = session.upgrade(who, page_request(what), now, make_room);
  for (const auto& each : make_room)
    server.close(each.which, each.code, "");
  return out;
}

} // namespace tier2
