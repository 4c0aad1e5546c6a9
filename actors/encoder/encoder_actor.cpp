#include "actors/encoder/encoder_actor.hpp"

#include "platform/crypto/digest.hpp"
#include "platform/image.hpp"

#include <fmt/format.h>

namespace tier2 {

namespace {

constexpr std::uint32_t thumbnail_width = 320;

using encoder_pointer = encoder_actor::stateful_pointer<encoder_state>;

result<encoded_picture> encode(const frame_codec& codec, const agent_config::ticket_section& options,
                               const encode_picture& what) {
  const auto decoded = codec.decode(*what.frame);
  if (!decoded) return tl::unexpected(decoded.error());
  const auto image = black_out(*decoded, what.regions);
  const auto jpeg = options.format == agent_config::ticket_section::picture_format::jpeg;
  auto file = jpeg ? encode_jpeg(image, options.jpeg_quality) : encode_png(image);
  if (!file) return tl::unexpected(file.error());
  encoded_picture done;
  done.id = what.id;
  done.name = fmt::format("picture-{:03}.{}", what.id, jpeg ? "jpg" : "png");
  done.media_type = jpeg ? "image/jpeg" : "image/png";
  done.blake2b = blake2b_256(*file);
  done.file = std::make_shared<const private_bytes>(std::move(*file));
  done.thumbnail = to_rgba(image, thumbnail_width);
  done.thumbnail.id = what.id;
  done.thumbnail.thumbnail = true;
  return done;
}

/// Answers whoever waits for this job; a job that was dropped has nobody.
template <class Promises, class Value>
void answer(Promises& waiting, std::uint64_t job, Value& value, const error& failed) {
  const auto at = waiting.find(job);
  if (at == waiting.end()) return;
  if (failed.what.empty())
    at->second.deliver(std::move(value));
  else
    at->second.deliver(to_caf(failed));
  waiting.erase(at);
}

template <class Promises>
void cancel(Promises& waiting) {
  for (auto& [job, promise] : waiting)
    promise.deliver(to_caf(error{errc::cancelled, "The ticket was closed."}));
  waiting.clear();
}

} // namespace

encoder_actor::behavior_type encoder(encoder_pointer self, std::shared_ptr<const frame_codec> codec,
                                     agent_config::ticket_section options, std::size_t threads) {
  be_quiet(self);
  self->state.codec = std::move(codec);
  self->state.options = std::move(options);
  self->state.workers = std::make_unique<worker_pool>(threads);

  return {
      [self](const encode_picture& what) {
        const auto timed = self->state.meter.handle();
        const auto job = self->state.next_job++;
        auto promise = self->make_response_promise<encoded_picture>();
        self->state.encoding.emplace(job, promise);
        self->state.workers->run(
            [me = caf::actor_cast<encoder_actor>(self), codec = self->state.codec,
             options = self->state.options, what, job] {
              picture_done done{job, {}, {}, {}};
              if (auto encoded = encode(*codec, options, what))
                done.encoded = std::move(*encoded);
              else
                done.failed = std::move(encoded.error());
              caf::anon_send(me, std::move(done));
            },
            !what.regions.empty()); // somebody waits to see what they blacked out
        return promise;
      },
      [self](const decode_picture& what) {
        const auto timed = self->state.meter.handle();
        const auto job = self->state.next_job++;
        auto promise = self->make_response_promise<rgba_image>();
        self->state.decoding.emplace(job, promise);
        self->state.workers->run(
            [me = caf::actor_cast<encoder_actor>(self), codec = self->state.codec, what, job] {
              picture_done done{job, {}, {}, {}};
              if (const auto image = codec->decode(*what.frame)) {
                done.decoded = to_rgba(black_out(*image, what.regions), what.thumbnail ? thumbnail_width : 0);
                done.decoded.id = what.id;
                done.decoded.thumbnail = what.thumbnail;
              } else {
                done.failed = image.error();
              }
              caf::anon_send(me, std::move(done));
            },
            !what.thumbnail);
        return promise;
      },
      [self](const drop_work&) {
        const auto timed = self->state.meter.handle();
        self->state.meter.count("dropped", self->state.workers->drop_waiting());
        cancel(self->state.encoding);
        cancel(self->state.decoding);
      },
      [self](picture_done& what) {
        const auto timed = self->state.meter.handle();
        if (!what.failed.what.empty()) self->state.meter.failed(what.failed);
        answer(self->state.encoding, what.job, what.encoded, what.failed);
        answer(self->state.decoding, what.job, what.decoded, what.failed);
      },
      [self](const get_health&) {
        self->state.meter.set("waiting", self->state.workers->waiting());
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
