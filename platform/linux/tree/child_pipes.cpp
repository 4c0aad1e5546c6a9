#include "platform/linux/tree/child_pipes.hpp"

#include "platform/linux/system_error.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace tier2::os {

namespace {

/// A pipe has 64 KiB; a child that makes its own larger (F_SETPIPE_SZ) gets this much at its end.
constexpr std::uint64_t most_drained = 1U << 20U;

struct pipe_ends {
  unique_fd read, write;
};

result<pipe_ends> make_pipe(std::optional<uid_t> owner) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_with("Could not make a pipe", errno);
  pipe_ends made{unique_fd{ends[0]}, unique_fd{ends[1]}};
  if (owner && ::fchown(ends[0], *owner, static_cast<gid_t>(-1)) != 0)
    return fail_with("Could not give a pipe to the command's account", errno);
  return made;
}

void never_block(const unique_fd& ours) { ::fcntl(ours.get(), F_SETFL, O_NONBLOCK); }

} // namespace

result<std::pair<child_pipes, child_pipes::child_ends>> child_pipes::make(bool with_input,
                                                                          std::optional<uid_t> owner) {
  child_pipes ours;
  child_ends its;
  unique_fd* const ends[] = {&its.output, &its.complaints};
  for (std::size_t stream = 0; stream < 2; ++stream) {
    auto made = make_pipe(owner);
    if (!made) return tl::unexpected(made.error());
    never_block(made->read);
    ours.outputs_[stream] = std::move(made->read);
    *ends[stream] = std::move(made->write);
  }
  if (with_input) {
    auto made = make_pipe(owner);
    if (!made) return tl::unexpected(made.error());
    never_block(made->write);
    ours.input_ = std::move(made->write);
    its.input = std::move(made->read);
  } else {
    its.input = unique_fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    if (!its.input) return fail_with("Could not open /dev/null", errno);
  }
  return std::pair{std::move(ours), std::move(its)};
}

void child_pipes::feed(std::string_view& left) {
  while (input_ && !left.empty()) {
    // SIGPIPE is blocked in the thread that calls this.
    const auto count = ::write(input_.get(), left.data(), left.size());
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  left = {};
  input_.reset();
}

std::size_t child_pipes::read_up_to(std::size_t most, std::size_t stream, output_meter& meter,
                                    const taker& take) {
  auto& from = outputs_[stream];
  const auto count = ::read(from.get(), scratch_.data(), std::min(most, scratch_.size()));
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (count <= 0) {
    from.reset();
    return 0;
  }
  const auto bytes = static_cast<std::size_t>(count);
  const auto share = meter.take(stream, bytes);
  if (share.deliver > 0)
    take(stream == 0 ? process_tree::stream::out : process_tree::stream::err, share.offset,
         {scratch_.begin(), scratch_.begin() + static_cast<std::ptrdiff_t>(share.deliver)});
  return bytes;
}

void child_pipes::read(std::size_t stream, output_meter& meter, const taker& take) {
  if (const auto most = meter.wanted(); outputs_[stream] && most > 0) read_up_to(most, stream, meter, take);
}

std::uint64_t child_pipes::drain(std::size_t stream, output_meter& meter, const taker& take) {
  int there = 0;
  if (!outputs_[stream] || ::ioctl(outputs_[stream].get(), FIONREAD, &there) != 0 || there <= 0) return 0;
  auto left = static_cast<std::uint64_t>(there);
  for (auto budget = std::min(left, most_drained); budget > 0;) {
    const auto count = read_up_to(static_cast<std::size_t>(budget), stream, meter, take);
    if (count == 0) return 0;
    budget -= count;
    left -= count;
  }
  return left;
}

} // namespace tier2::os
