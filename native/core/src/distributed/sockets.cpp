#include "distributed/sockets.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace srvau {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetry{50};

std::string message_of_errno(int error) { return std::generic_category().message(error); }

/** A socket address as the system knows it. */
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }

  std::string numeric() const {
    char host[NI_MAXHOST];
    const int error = ::getnameinfo(get(), length, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
    if (error != 0) fail(ErrorCode::kInternal, "an address that has no numeric form: ", ::gai_strerror(error));
    return host;
  }
  uint16_t port() const {
    return ntohs(family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                                      : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

/** The first that a name stands for. In a cluster names appear some time after the machines that ask for them. */
Address resolve(const std::string& name, uint16_t port, Deadline deadline, const CancelPtr& cancel) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  int error = 0;
  do {
    check_cancelled(cancel);
    addrinfo* found = nullptr;
    error = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error == 0) {
      const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
      Address address;
      std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
                  reinterpret_cast<char*>(&address.storage));
      address.length = found->ai_addrlen;
      return address;
    }
  } while (pause_until(deadline, 10 * kRetry, cancel));
  fail(ErrorCode::kProcessGroup, "address: expected a name or number of a machine, received \"", name,
       "\": ", ::gai_strerror(error));
}

FileDescriptor open_socket(const Address& address, int flags) {
  FileDescriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (socket.get() < 0) fail(ErrorCode::kInternal, "opening a socket: ", message_of_errno(errno));
  return socket;
}

Address local_end(const FileDescriptor& socket) {
  Address address;
  address.length = sizeof(address.storage);
  if (::getsockname(socket.get(), address.get(), &address.length) != 0)
    fail(ErrorCode::kInternal, "asking for the address of a socket: ", message_of_errno(errno));
  return address;
}

/** 0 when a connection was made, else the reason. */
int try_to_connect(const FileDescriptor& socket, const Address& address, milliseconds patience) {
  if (::connect(socket.get(), address.get(), address.length) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{socket.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof(error);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

bool pause_until(Deadline deadline, milliseconds pause, const CancelPtr& cancel) {
  check_cancelled(cancel);
  const auto now = std::chrono::steady_clock::now();
  if (now >= deadline) return false;
  std::this_thread::sleep_until(std::min(deadline, now + pause));
  check_cancelled(cancel);
  return true;
}

BoundSocket bind_to(const std::string& address, uint16_t port, Deadline deadline, const CancelPtr& cancel) {
  const auto wanted = resolve(address, port, deadline, cancel);
  auto socket = open_socket(wanted, 0);
  // A port is free again as soon as its last listener has gone, whatever connections of it are still being closed.
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(socket.get(), wanted.get(), wanted.length) != 0) {
    const int error = errno;
    SRVAU_REQUIRE(error != EADDRNOTAVAIL, "address: expected one of this machine to listen on, received ", address,
                  " (", wanted.numeric(), ")");
    SRVAU_REQUIRE(error != EADDRINUSE && error != EACCES, "port: expected one that is free at ", address, ", received ",
                  port, ": ", message_of_errno(error));
    fail(ErrorCode::kInternal, "binding to ", address, " port ", port, ": ", message_of_errno(error));
  }
  const auto bound = local_end(socket).port();
  return {std::move(socket), bound};
}

Route wait_for_listener(const std::string& address, uint16_t port, Deadline deadline, const CancelPtr& cancel) {
  int error = 0;
  do {
    // Asked for each time: a machine that is started again may have another address.
    const auto remote = resolve(address, port, deadline, cancel);
    const auto socket = open_socket(remote, SOCK_NONBLOCK);
    error = try_to_connect(socket, remote, 10 * kRetry);
    if (error == 0) return {remote.numeric(), local_end(socket).numeric()};
  } while (pause_until(deadline, kRetry, cancel));
  fail(ErrorCode::kProcessGroup, "expected rank 0 at ", address, " port ", port,
       ", nothing answered there in time: ", message_of_errno(error));
}

std::string numeric_address(const std::string& address, Deadline deadline, const CancelPtr& cancel) {
  return resolve(address, 0, deadline, cancel).numeric();
}

std::set<int> open_sockets() {
  std::set<int> sockets;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", absent)) {
    const auto name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    struct stat status {};
    if (fd >= 0 && ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) sockets.insert(fd);
  }
  return sockets;
}

void cut_connections(const std::set<int>& spared, uint16_t port) {
  for (const int fd : open_sockets()) {
    Address peer;
    peer.length = sizeof(peer.storage);
    if (spared.contains(fd) || ::getpeername(fd, peer.get(), &peer.length) != 0) continue;
    const bool is_ip = peer.family() == AF_INET || peer.family() == AF_INET6;
    if (is_ip && peer.port() == port) ::shutdown(fd, SHUT_RDWR);
  }
}

void close_on_exec(const std::set<int>& sockets) {
  for (const int fd : sockets) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0) ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
}

}  // namespace srvau
