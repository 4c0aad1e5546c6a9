#pragma once

#include "messages/alert.hpp"
#include "messages/frame.hpp"
#include "messages/thresholds.hpp"
#include "messages/ticket.hpp"
#include "messages/window_rules.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// What agent.toml says, for both the helper and the service; immutable once parsed, and complete: every
/// member has its default. It holds no secret, every user may read it.
struct agent_config {
  struct organisation_section {
    std::string name{"your helpdesk"}; ///< Shown on the ticket page: who will get this.
  } organisation;

  struct input_section {
    trigger_set triggers{trigger_set::all()};
    /// Tried in this order until one is free, for example "Ctrl+Shift+F12".
    std::vector<std::string> hotkeys{"Ctrl+Shift+F12", "Ctrl+Alt+H", "Super+F12"};
  } input;

  struct recording_section {
    std::uint32_t frames{60};           ///< Most pictures kept, 2..1000.
    std::uint64_t bytes{256ULL << 20U}; ///< Most sealed bytes kept, 1 MiB..8 GiB.
    std::chrono::seconds age{15 * 60};  ///< Older pictures are dropped, 10 s..24 h.
    std::int32_t compression_level{1};  ///< zstd, 1..9.
  } recording;

  struct pictures_section {
    /// Windows that are painted over before a picture is kept: by title, `exclude_titles`, and by WM_CLASS,
    /// `exclude_classes`, at most 64 patterns each; password managers too, unless `password_managers` is
    /// "show".
    window_rules exclude{{}, password_manager_classes()};
  } pictures;

  struct ticket_section {
    enum class picture_format : std::uint8_t { png, jpeg };
    picture_format format{picture_format::png};
    std::int32_t jpeg_quality{80}; ///< 1..100, for jpeg only.
    /// A ticket whose page was closed is kept so long, 60 s..24 h.
    std::chrono::seconds keep_closed{10 * 60};
    std::uint16_t port{0};            ///< Of the ticket page on loopback; 0 takes any free one.
    std::string language;             ///< "en", "de" or empty: the browser's.
    std::string business;             ///< Stands in the form to begin with, as its user's company.
    std::vector<form_choice> choices; ///< `[[ticket.choices]]`: at most 16 with 1 to 64 options each.
  } ticket;

  struct collector_section {
    std::chrono::milliseconds limit{5000}; ///< Each fact's own time limit, 100 ms..60 s.
  } collector;

  struct keystore_section {
    /// Which TPM 2.0 keeps the machine's key: "auto" (/dev/tpmrm0 where there is one), "off", or what
    /// systemd-creds(1) takes as --tpm2-device.
    std::string tpm_device{"auto"};
    /// What may keep the machine's key, of "tpm2", "host" (systemd's host key) and "hardware" (serial
    /// numbers); the strongest that works does, and the installation's id where none of them does.
    std::vector<std::string> protections{"tpm2", "host", "hardware"};
  } keystore;

  struct browser_section {
    /// Program and arguments that open the page; "{}" stands for what to open. Empty: the desktop's own way.
    std::vector<std::string> command;
    /// "file" hands the secret over in a private file, "url" in a one-time address (confined browsers).
    enum class handover_way : std::uint8_t { file, url };
    handover_way handover{handover_way::file};
  } browser;

  struct paths_section {
    std::string socket{"/run/tier2/helper.sock"}; ///< The local link; at most 107 bytes on Linux.
    std::string state{"/var/lib/tier2"};          ///< The service's own, 0700.
    std::string runtime;                          ///< The helper's; empty: $XDG_RUNTIME_DIR/tier2.
    std::string scripts{"/run/tier2/scripts"};    ///< Where scripts lie while they run.
  } paths;

  struct cloud_section {
    std::string host; ///< Name that the certificate must carry.
    std::uint16_t port{443};
    std::string ca_file; ///< Extra roots (PEM) beside the system's; empty: none.
    /// Revocation lists (PEM), read at each attempt to connect; empty: none. With it, one in force must be
    /// there of the authority that issued the cloud's certificate.
    std::string crl_file;
    std::string enrolment_token_file;       ///< 0600, erased after use; empty: <state>/enrolment-token.
    std::string proxy;                      ///< "http://host:port" or empty.
    std::chrono::seconds ping_interval{20}; ///< Silence before a ping, 1 s..10 min.
    /// Silence that ends the link, above ping_interval, at most 30 min; by default twice that and 5 s.
    std::chrono::seconds dead_after{45};
  } cloud;

  struct commands_section {
    std::vector<std::string> groups; ///< Of this machine, for `group:<name>`; at most 64.
    std::uint32_t parallel{4};       ///< Programs at a time, 1..64.
    std::uint32_t queue{32};         ///< Commands that wait for a place; beyond it: busy. 0..1024.
    std::uint64_t window_bytes{
        8ULL << 20U}; ///< Output of a command that may wait for the cloud, 64 KiB..256 MiB.
    std::chrono::milliseconds kill_after{5000}; ///< From TERM to KILL, 100 ms..60 s.
    bool report{true};                          ///< Whether a signed command may open the ticket page.
    std::string runner;                         ///< The program tier2-runner; empty: beside the service.
    /// Directory of a cgroup v2 to make groups in; empty: in that of the service; "none": no groups.
    std::string cgroup;
  } commands;

  thresholds_section thresholds;

  struct log_section {
    std::string level{"info"}; ///< debug, info, warning or error.
    std::string file;          ///< Empty: standard error.
  } log;
};

/// What cloud.toml says.
struct cloud_config {
  struct agents_section {
    std::string address{"0.0.0.0"};
    std::uint16_t port{8443};
    std::string certificate; ///< PEM chain.
    std::string key;         ///< PEM, readable by the cloud's user only.
    bool trust_groups{true}; ///< `first_groups`: those that a machine names first count unconfirmed.
  } agents;

  struct operators_section {
    std::string address{"127.0.0.1"};
    std::uint16_t port{8444};
    std::string certificate;
    std::string key;
    std::string public_url; ///< "https://host:port", what Origin must be; empty: https://<address>:<port>.
  } operators;

  struct storage_section {
    std::string directory{"/var/lib/tier2-cloud"};
    std::uint64_t ticket_bytes{1ULL << 30U}; ///< Largest ticket, 1 MiB..16 GiB.
    std::uint32_t ticket_parts{1100};   ///< Most parts of a ticket, 1..4096; more than a helper may have.
    std::uint32_t tickets_per_day{200}; ///< Most tickets of one agent in 24 hours, 1..100000.
    /// What one operator or token may post in 24 hours: commands, 1..1000000; bytes of them, 1 MiB..8 GiB;
    /// deliveries, that is machines of commands, 1..100000000.
    std::uint32_t commands_per_day{20'000};
    std::uint64_t command_bytes_per_day{256ULL << 20U};
    std::uint32_t deliveries_per_day{1'000'000};
    std::uint32_t commands_days{90}; ///< How long commands that have ended are kept, 0..3650; 0: for ever.
  } storage;

  /// Who is told of alerts as they come. Names are one receiver's, 1 to 64 of a-z A-Z 0-9 . _ -
  struct notify_section {
    std::chrono::hours give_up_after{24}; ///< For how long a message is tried, `give_up_h`, 1..168.
    /// `[[notify.webhook]]`
    struct webhook {
      std::string name;
      std::string url; ///< https; http to loopback only.
      alert_severity least{alert_severity::error};
      std::string secret_file; ///< "whsec_" and base64 of 24 to 64 bytes; 0600.
      std::string ca_file;     ///< Extra roots (PEM) beside the system's; empty: none.
    };
    std::vector<webhook> webhooks;
    /// `[[notify.mail]]`
    struct mail {
      enum class security : std::uint8_t { starttls, tls, none };
      std::string name;
      std::string server;
      std::uint16_t port{587};
      security tls{security::starttls}; ///< "none" is for loopback only.
      std::string from;
      std::vector<std::string> to; ///< 1..64
      alert_severity least{alert_severity::error};
      std::string user;          ///< Empty: without.
      std::string password_file; ///< 0600
      std::string ca_file;
    };
    std::vector<mail> mails;
  } notify;

  struct log_section {
    std::string level{"info"};
    std::string file;
  } log;
};

/// Parses TOML. The error text holds `source`, the line, what is wrong, and what is allowed there; unknown
/// sections and keys are errors, so that a typo cannot silently mean the default.
result<agent_config> parse_agent_config(std::string_view text, std::string_view source);
result<cloud_config> parse_cloud_config(std::string_view text, std::string_view source);

/// Reads and parses a file; `not_found` when there is none.
result<agent_config> load_agent_config(const std::string& path);
result<cloud_config> load_cloud_config(const std::string& path);

} // namespace tier2
