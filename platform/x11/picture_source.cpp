#include "platform/x11/picture_source.hpp"

#include "messages/wiping_allocator.hpp"

#include <span>
#include <sys/socket.h>
#include <utility>

namespace tier2::x11 {

namespace {

constexpr std::uint32_t every_plane = ~0U;

bool on_unix_socket(xcb_connection_t* xcb) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return getsockname(xcb_get_file_descriptor(xcb), reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_UNIX;
}

/// MIT-SHM 1.2 takes the memory as a file descriptor. Elsewhere than on a Unix socket xcb would give up the
/// connection when it is asked to send one.
bool can_pass_memory(xcb_connection_t* xcb) {
  if (!on_unix_socket(xcb)) return false;
  const auto* extension = xcb_get_extension_data(xcb, &xcb_shm_id);
  if (extension == nullptr || extension->present == 0) return false;
  const auto cookie = xcb_shm_query_version(xcb);
  const reply<xcb_shm_query_version_reply_t> has{xcb_shm_query_version_reply(xcb, cookie, nullptr)};
  return has != nullptr && (has->major_version > 1 || has->minor_version >= 2);
}

tl::unexpected<error> refused(const xcb_generic_error_t* why) {
  return fail(errc::capture_failed, "The screen could not be read (" +
                                        (why == nullptr ? std::string{"no answer"} : error_name(*why)) +
                                        "); the next click is tried again.");
}

const xcb_visualtype_t* root_visual(const xcb_screen_t& screen) {
  for (auto depth = xcb_screen_allowed_depths_iterator(&screen); depth.rem > 0; xcb_depth_next(&depth))
    for (auto visual = xcb_depth_visuals_iterator(depth.data); visual.rem > 0; xcb_visualtype_next(&visual))
      if (visual.data->visual_id == screen.root_visual) return visual.data;
  return nullptr;
}

std::uint8_t bits_a_pixel(const xcb_setup_t* setup, std::uint8_t depth) {
  for (auto format = xcb_setup_pixmap_formats_iterator(setup); format.rem > 0; xcb_format_next(&format))
    if (format.data->depth == depth) return format.data->bits_per_pixel;
  return 0;
}

} // namespace

result<void> check_pixel_format(const display_connection& display) {
  const auto* setup = xcb_get_setup(display.xcb.get());
  const auto& screen = *display.screen;
  const auto* visual = root_visual(screen);
  const bool fits = (screen.root_depth == 24 || screen.root_depth == 32) &&
                    bits_a_pixel(setup, screen.root_depth) == 32 &&
                    setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST && visual != nullptr &&
                    visual->red_mask == 0xff0000 && visual->green_mask == 0xff00 && visual->blue_mask == 0xff;
  if (fits) return {};
  return fail(errc::unsupported,
              "This screen has " + std::to_string(screen.root_depth) +
                  " bits a pixel in an unusual order; pictures can be taken of screens with 24 or 32 "
                  "only. Set the display to millions of colours (24 bits).");
}

picture_source::picture_source(xcb_connection_t* xcb, xcb_window_t root)
    : xcb_{xcb}, root_{root}, can_share_{can_pass_memory(xcb)} {}

picture_source::~picture_source() { detach(); }

void picture_source::detach() {
  if (segment_ != 0) xcb_shm_detach(xcb_, segment_);
  segment_ = 0;
  memory_.reset();
}

result<void> picture_source::fit_segment() {
  const auto size = std::size_t{width_} * height_ * 4;
  if (memory_ != nullptr && memory_->bytes().size() == size) return {};
  detach();
  auto made = shared_memory::make(size);
  if (!made) return tl::unexpected{made.error()};
  const auto segment = xcb_generate_id(xcb_);
  const auto cookie = xcb_shm_attach_fd_checked(xcb_, segment, (*made)->duplicate_descriptor(), 0);
  const reply<xcb_generic_error_t> no{xcb_request_check(xcb_, cookie)};
  if (no != nullptr) {
    can_share_ = false; // a connection that is forwarded from elsewhere: what is left is the slow way
    return {};
  }
  memory_ = std::move(*made);
  segment_ = segment;
  return {};
}

result<picture_source::question> picture_source::ask() {
  if (width_ == 0) {
    const auto cookie = xcb_get_geometry(xcb_, root_);
    const reply<xcb_get_geometry_reply_t> now{xcb_get_geometry_reply(xcb_, cookie, nullptr)};
    if (now != nullptr) {
      width_ = now->width;
      height_ = now->height;
    }
  }
  question asked;
  if (can_share_ && width_ != 0) {
    if (auto fitted = fit_segment(); !fitted) return tl::unexpected{fitted.error()};
  }
  if (segment_ != 0)
    asked.shared = xcb_shm_get_image(xcb_, root_, 0, 0, width_, height_, every_plane,
                                     XCB_IMAGE_FORMAT_Z_PIXMAP, segment_, 0);
  else
    asked.plain = xcb_get_image(xcb_, XCB_IMAGE_FORMAT_Z_PIXMAP, root_, 0, 0, width_, height_, every_plane);
  asked.geometry = xcb_get_geometry(xcb_, root_); // behind the picture: a size that has changed is noticed
  return asked;
}

result<pixels> picture_source::answer(const question& asked, lending& lender) {
  xcb_generic_error_t* why = nullptr;
  reply<xcb_shm_get_image_reply_t> shared;
  reply<xcb_get_image_reply_t> plain;
  if (asked.shared.sequence != 0)
    shared.reset(xcb_shm_get_image_reply(xcb_, asked.shared, &why));
  else
    plain.reset(xcb_get_image_reply(xcb_, asked.plain, &why));
  const reply<xcb_generic_error_t> no{why};
  const auto give_back = [](const reply<xcb_get_image_reply_t>& image) {
    if (image != nullptr) detail::wipe(xcb_get_image_data(image.get()), std::size_t{image->length} * 4);
  };

  const reply<xcb_get_geometry_reply_t> now{xcb_get_geometry_reply(xcb_, asked.geometry, nullptr)};
  if (now != nullptr && (now->width != width_ || now->height != height_)) {
    give_back(plain);
    width_ = now->width;
    height_ = now->height;
    return fail(errc::conflict, "The screen has changed its size.");
  }
  if (shared == nullptr && plain == nullptr) return refused(no.get());

  const auto size = std::size_t{width_} * height_ * 4;
  pixels image{width_, height_, std::uint32_t{width_} * 4, {}, {}};
  if (shared != nullptr) {
    image.bytes = writable_ = memory_->bytes();
    image.owner = lender.lend([memory = memory_] { memory->wipe(); });
    return image;
  }
  if (std::size_t{plain->length} * 4 < size) {
    give_back(plain);
    return refused(nullptr);
  }
  image.bytes = writable_ = {reinterpret_cast<std::byte*>(xcb_get_image_data(plain.get())), size};
  image.owner = lender.lend([held = std::shared_ptr<xcb_get_image_reply_t>{std::move(plain)}, size] {
    detail::wipe(xcb_get_image_data(held.get()), size);
  });
  return image;
}

} // namespace tier2::x11
