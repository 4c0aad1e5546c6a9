#pragma once

#include "actors/actor.hpp"
#include "actors/compression/frame_codec.hpp"
#include "actors/encoder/worker_pool.hpp"
#include "messages/config.hpp"

#include <map>
#include <memory>

namespace tier2 {

struct encoder_state {
  std::shared_ptr<const frame_codec> codec;
  agent_config::ticket_section options;
  std::unique_ptr<worker_pool> workers;
  std::uint64_t next_job{1};
  std::map<std::uint64_t, caf::typed_response_promise<encoded_picture>> encoding;
  std::map<std::uint64_t, caf::typed_response_promise<rgba_image>> decoding;
  tier2::meter meter;
  static inline const char* name = "encoder";
};

/// Decodes kept frames on `threads` worker threads into files to send and pixels to look at. What somebody
/// waits to see goes before what is only to be sent.
encoder_actor::behavior_type encoder(encoder_actor::stateful_pointer<encoder_state> self,
                                     std::shared_ptr<const frame_codec> codec,
                                     agent_config::ticket_section options, std::size_t threads);

} // namespace tier2
