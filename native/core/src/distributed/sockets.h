#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "base/cancel.h"
#include "base/files.h"

namespace srvau {

/** Until when something is waited for. */
using Deadline = std::chrono::steady_clock::time_point;

/** Sleeps for `pause` at most, but never beyond the deadline. False once that has passed. @throws Error CANCELLED. */
bool pause_until(Deadline deadline, std::chrono::milliseconds pause, const CancelPtr& cancel);

/** A socket bound to one address, which the owner of it may listen with. */
struct BoundSocket {
  FileDescriptor socket;
  uint16_t port;
};

/**
 * Binds to an address of this machine and to no other. A name that is not known yet is asked for again until the
 * deadline.
 *
 * @param port 0: any that is free
 * @throws Error INVALID_ARGUMENT: not an address of this machine, a port that is taken. PROCESS_GROUP: unknown name.
 */
BoundSocket bind_to(const std::string& address, uint16_t port, Deadline deadline, const CancelPtr& cancel);

/** Where something listens, and from where it is reached. */
struct Route {
  std::string remote;  // numeric
  std::string local;   // numeric: of the interface that leads there
};

/** Waits until something accepts connections. @throws Error PROCESS_GROUP: nothing has by the deadline. */
Route wait_for_listener(const std::string& address, uint16_t port, Deadline deadline, const CancelPtr& cancel);

/** The numeric form of an address. @throws Error PROCESS_GROUP as above. */
std::string numeric_address(const std::string& address, Deadline deadline, const CancelPtr& cancel);

/** Descriptors of sockets that are open in this process. Empty where the system does not tell. */
std::set<int> open_sockets();

/**
 * Ends the connections of this process to a port, so that whoever waits for an answer there goes on.
 * @param spared sockets that are left alone: those that were open before that port was of interest
 */
void cut_connections(const std::set<int>& spared, uint16_t port);

/** Programs that this process starts do not inherit these: they would keep connections open after its end. */
void close_on_exec(const std::set<int>& sockets);

}  // namespace srvau
