#include "distributed/process_group.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/testing.h"
#include "distributed/buckets.h"
#include "distributed/partition.h"
#include "distributed/ranks_testing.h"
#include "distributed/sockets.h"

using namespace srvau;
using namespace srvau::testing;
using std::chrono::milliseconds;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/** Values that tell ranks and places apart and whose sums are exact. */
at::Tensor values(int rank, at::IntArrayRef sizes, at::ScalarType dtype) {
  const auto count = c10::multiply_integers(sizes);
  return (at::arange(count, at::kLong).remainder(97) + 100 * (rank + 1)).to(dtype).view(sizes);
}

}  // namespace

RANK(exchanges) {
  const auto group = ProcessGroup::join(task.options);
  const int rank = group->rank(), world = group->world_size();
  EXPECT_EQ(world, task.options.world_size);

  // Larger than a bucket, small, strided, empty, of several dtypes.
  const auto tensors_of = [](int of) {
    return std::vector<at::Tensor>{values(of, {3, 5}, at::kFloat),     values(of, {5'000'000}, at::kFloat),
                                   values(of, {4, 6}, at::kFloat).t(), values(of, {7}, at::kDouble),
                                   values(of, {}, at::kLong),          at::zeros({0}),
                                   values(of, {2, 3}, at::kInt)};
  };
  for (const auto reduction : {Reduction::kSum, Reduction::kMin, Reduction::kMax}) {
    const auto tensors = tensors_of(rank);
    group->all_reduce(tensors, reduction);
    for (size_t i = 0; i < tensors.size(); ++i) {
      auto wanted = tensors_of(0)[i];
      if (reduction == Reduction::kMax) wanted = tensors_of(world - 1)[i];
      for (int other = 1; other < world && reduction == Reduction::kSum; ++other)
        wanted = wanted + tensors_of(other)[i];
      EXPECT(at::equal(tensors[i], wanted));
    }
  }
  EXPECT(group->reduce_numbers({1.5, 2.0 * rank}, Reduction::kSum) ==
         std::vector<double>({1.5 * world, 1.0 * world * (world - 1)}));

  std::vector<at::Tensor> shared;
  std::vector<int> owners;
  for (int i = 0; i < 2 * world; ++i) {
    owners.push_back((i + 1) % world);
    shared.push_back(values(rank, {i + 1, 9}, i % 2 == 0 ? at::kBFloat16 : at::kFloat));
  }
  shared.push_back(values(rank, {3, 4'000'000}, at::kBFloat16));
  owners.push_back(world - 1);
  group->share(shared, owners);
  for (size_t i = 0; i < shared.size(); ++i)
    EXPECT(at::equal(shared[i], values(owners[i], shared[i].sizes(), shared[i].scalar_type())));

  const auto received = at::empty({11}, at::kFloat);
  if (rank == 0) {
    for (int other = 1; other < world; ++other) {
      group->receive(received, other);
      EXPECT(at::equal(received, values(other, {11}, at::kFloat)));
    }
  } else {
    group->send(values(rank, {11}, at::kFloat), 0);
  }
}

TEST(tensors_and_numbers_are_exchanged) {
  for (const int world : {1, 2, 3}) {
    Ranks ranks("exchanges", world);
    for (int rank = 0; rank < world; ++rank) EXPECT_EQ(ranks.outcome(rank), "");
  }
}

RANK(disagrees) {
  const auto group = ProcessGroup::join(task.options);
  const bool first = group->rank() == 0;
  const auto place = first ? "save" : "step 4";
  EXPECT_ERROR(ErrorCode::kProcessGroup, "rank 0 is to save; rank 1 is to step 4", if (first) group->meet_at(place);
               else fail(ErrorCode::kProcessGroup, "rank 0 is to save; rank 1 is to step 4"));
  if (!first) EXPECT_ERROR(ErrorCode::kProcessGroup, "rank 1 is to step 4; rank 0 is to save", group->meet_at(place));

  const auto body = [&] {
    if (!first) fail(ErrorCode::kCheckpoint, "no such file");
  };
  if (first) {
    EXPECT_ERROR(ErrorCode::kProcessGroup, "to load, rank 1: no such file", group->together("load", body));
  } else {
    EXPECT_ERROR(ErrorCode::kCheckpoint, "no such file", group->together("load", body));
  }
  group->together("go on", [] {});
  EXPECT_EQ(group->reduce_numbers({1}, Reduction::kSum).front(), 2.0);
}

TEST(what_goes_wrong_on_one_rank_goes_wrong_on_all_and_they_go_on) {
  Ranks ranks("disagrees", 2);
  for (const int rank : {0, 1}) EXPECT_EQ(ranks.outcome(rank), "");
}

RANK(listens) {
  const auto group = ProcessGroup::join(task.options);
  int listening = 0;
  for (const int fd : open_sockets()) {
    int accepts = 0;
    socklen_t length = sizeof(accepts);
    ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length);
    sockaddr_storage address{};
    length = sizeof(address);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) continue;
    EXPECT((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    if (accepts == 0) continue;
    ++listening;
    EXPECT_EQ(int{address.ss_family}, AF_INET);
    EXPECT_EQ(ntohl(reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr), INADDR_LOOPBACK);
  }
  EXPECT(listening >= 1);
  group->meet_at("the end");
}

TEST(nothing_is_listened_on_beyond_the_loopback_interface) {
  Ranks ranks("listens", 2);
  for (const int rank : {0, 1}) EXPECT_EQ(ranks.outcome(rank), "");
}

/** Rank 0 waits for one that never comes to the same place. */
RANK(waits) {
  if (task.argument == "short") task.options.timeout = milliseconds(1500);
  const auto group = ProcessGroup::join(task.options);
  say("ready");
  if (group->rank() == 0) group->all_reduce({at::ones({1000})}, Reduction::kSum);
  std::this_thread::sleep_for(std::chrono::minutes(5));
}

TEST(a_rank_that_is_killed_fails_the_others_at_once) {
  Ranks ranks("waits", 2);
  EXPECT_EQ(ranks.line(0), "ready");
  EXPECT_EQ(ranks.line(1), "ready");
  ::kill(ranks.pid(1), SIGKILL);
  const auto begin = Clock::now();
  const auto said = ranks.outcome(0);
  EXPECT(said.starts_with("error PROCESS_GROUP: rank 0 of 2, "));
  EXPECT(said.find("another rank has ended") != std::string::npos);
  EXPECT(seconds_since(begin) < 30);
  std::printf("     after %.2f s: %s\n", seconds_since(begin), said.c_str());
}

TEST(a_rank_that_hangs_fails_the_others_after_the_timeout) {
  Ranks ranks("waits", 2, "short");
  EXPECT_EQ(ranks.line(0), "ready");
  EXPECT_EQ(ranks.line(1), "ready");
  ::kill(ranks.pid(1), SIGSTOP);
  const auto begin = Clock::now();
  const auto said = ranks.outcome(0);
  EXPECT(said.starts_with("error PROCESS_GROUP: rank 0 of 2, "));
  EXPECT(seconds_since(begin) < 30);
  std::printf("     after %.2f s: %s\n", seconds_since(begin), said.c_str());
}

RANK(gives_up) {
  const auto group = ProcessGroup::join(task.options);
  say("ready");
  if (group->rank() == 1) std::this_thread::sleep_for(std::chrono::minutes(5));
  const auto cancel = std::make_shared<CancelToken>();
  std::thread([cancel] {
    std::this_thread::sleep_for(milliseconds(200));
    cancel->cancel();
  }).detach();
  EXPECT_ERROR(ErrorCode::kCancelled, "cancelled", group->all_reduce({at::ones({1000})}, Reduction::kSum, cancel));
  EXPECT_ERROR(ErrorCode::kProcessGroup, "has ended: cancelled", group->meet_at("go on"));
}

TEST(waiting_can_be_cancelled_which_ends_the_group) {
  Ranks ranks("gives_up", 2);
  EXPECT_EQ(ranks.line(1), "ready");
  EXPECT_EQ(ranks.outcome(0), "");
}

RANK(joins) {
  if (!task.argument.empty()) task.options.timeout = milliseconds(std::stoi(task.argument));
  const auto group = ProcessGroup::join(task.options);
  group->meet_at("the end");
}

TEST(ranks_that_do_not_come_are_named) {
  Ranks ranks("joins");
  ranks.start(0, 4, 0, "1500");
  const auto port = ranks.port_of(0);
  ranks.start(2, 4, port, "60000");
  const auto begin = Clock::now();
  EXPECT_EQ(ranks.outcome(0), "error PROCESS_GROUP: expected 4 ranks within 1500 ms, these did not come: 1, 3");
  EXPECT(ranks.outcome(1).starts_with("error PROCESS_GROUP: lost rank 0 at 127.0.0.1"));
  EXPECT(seconds_since(begin) < 30);

  Ranks alone("joins");
  alone.start(1, 2, port, "300");
  const auto said = alone.outcome(0);
  EXPECT(said.starts_with(c10::str("error PROCESS_GROUP: expected rank 0 at 127.0.0.1 port ", port)));
}

TEST(ranks_of_different_groups_do_not_mix) {
  Ranks ranks("joins");
  ranks.start(0, 2, 0);
  const auto port = ranks.port_of(0);
  ranks.start(1, 3, port);
  for (const int rank : {0, 1}) {
    const auto said = ranks.outcome(rank);
    EXPECT(said.starts_with("error INVALID_ARGUMENT: expected worldSize 2, device cpu"));
    EXPECT(said.find("received worldSize 3") != std::string::npos);
  }
}

TEST(a_rank_is_one_process) {
  Ranks ranks("joins");
  ranks.start(0, 3, 0);
  const auto port = ranks.port_of(0);
  ranks.start(1, 3, port);
  ranks.start(1, 3, port);
  // Whichever of the two came second is refused; the other goes on when the last rank comes, which must not be before.
  siginfo_t refused{};
  ::waitid(P_ALL, 0, &refused, WEXITED | WNOWAIT);
  ranks.start(2, 3, port);
  const auto one = ranks.outcome(1), other = ranks.outcome(2);
  EXPECT(one.empty() != other.empty());
  EXPECT((one + other).starts_with("error INVALID_ARGUMENT: rank: expected one process for rank 1"));
  EXPECT_EQ(ranks.outcome(0), "");
  EXPECT_EQ(ranks.outcome(3), "");
}

TEST(a_port_that_is_taken_is_named) {
  const auto deadline = Clock::now() + milliseconds(1000);
  const auto taken = bind_to("127.0.0.1", 0, deadline, nullptr);
  ::listen(taken.socket.get(), 1);
  const JoinOptions options{.port = taken.port};
  EXPECT_ERROR(ErrorCode::kInvalidArgument,
               c10::str("port: expected one that is free at 127.0.0.1, received ", taken.port),
               ProcessGroup::join(options));
}

TEST(something_else_at_the_port_is_not_waited_for_forever) {
  const auto deadline = Clock::now() + milliseconds(1000);
  const auto silent = bind_to("127.0.0.1", 0, deadline, nullptr);
  ::listen(silent.socket.get(), 8);
  Ranks ranks("joins");
  ranks.start(1, 2, silent.port, "1500");
  const auto begin = Clock::now();
  EXPECT(ranks.outcome(0).starts_with("error PROCESS_GROUP"));
  EXPECT(seconds_since(begin) < 30);
}

TEST(giving_up_leaves_no_thread_behind) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const auto silent = bind_to("127.0.0.1", 0, Clock::now() + milliseconds(1000), nullptr);
  ::listen(silent.socket.get(), 8);
  const auto before = threads();
  EXPECT_ERROR(ErrorCode::kProcessGroup, "",
               ProcessGroup::join(
                   {.rank = 1, .world_size = 2, .port = silent.port, .timeout = milliseconds(300)}));
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  while (threads() > before && pause_until(deadline, milliseconds(20), nullptr)) continue;
  EXPECT_EQ(threads(), before);
}

TEST(joining_can_be_cancelled) {
  for (const int rank : {0, 1}) {
    const auto deadline = Clock::now() + milliseconds(1000);
    const auto nobody = bind_to("127.0.0.1", 0, deadline, nullptr);
    JoinOptions options{.rank = rank, .world_size = 2, .port = rank == 0 ? uint16_t{0} : nobody.port};
    const auto cancel = std::make_shared<CancelToken>();
    std::thread canceller([cancel] {
      std::this_thread::sleep_for(milliseconds(200));
      cancel->cancel();
    });
    EXPECT_ERROR(ErrorCode::kCancelled, "cancelled", ProcessGroup::join(options, cancel));
    canceller.join();
  }
}

TEST(options_out_of_their_range_are_refused_by_name) {
  const auto refused = [](const char* part, JoinOptions options) {
    EXPECT_ERROR(ErrorCode::kInvalidArgument, part, ProcessGroup::join(options));
  };
  refused("rank: expected 0 to 1, received 2", {.rank = 2, .world_size = 2});
  refused("world_size: expected at least 1", {.world_size = 0});
  refused("port: expected that of rank 0", {.rank = 1, .world_size = 2, .port = 0});
  refused("timeout: expected at least 1 ms", {.timeout = milliseconds(0)});
  refused("address: expected one of this machine", {.address = "192.0.2.1", .port = 0});
  EXPECT_ERROR(ErrorCode::kProcessGroup,
               "address: expected a name or number of a machine, received \"no.such.invalid\"",
               ProcessGroup::join({.address = "no.such.invalid", .timeout = milliseconds(100)}));
}

TEST(what_is_owned_is_balanced_and_the_same_everywhere) {
  EXPECT(balanced_owners({5, 3, 3, 2, 2, 1}, 2) == std::vector<int>({0, 1, 1, 0, 1, 0}));
  EXPECT(balanced_owners({4, 4, 4}, 5) == std::vector<int>({0, 1, 2}));
  EXPECT(balanced_owners({7, 1}, 1) == std::vector<int>({0, 0}));
  EXPECT(balanced_owners({}, 3).empty());
}

TEST(buckets_keep_order_and_dtype) {
  const std::vector<at::Tensor> tensors = {
      at::ones({4}), at::ones({2, 2}),          at::ones({100}), at::ones({1}), at::ones({1}, at::kDouble),
      at::ones({0}), at::ones({1}, at::kDouble)};
  const auto buckets = plan_buckets(tensors, 32);
  std::vector<size_t> sizes;
  for (const auto& bucket : buckets) sizes.push_back(bucket.members.size());
  EXPECT(sizes == std::vector<size_t>({2, 1, 1, 2}));
  EXPECT(buckets[1].flat(true).is_alias_of(tensors[2]));
  const auto flat = buckets[0].flat(true);
  EXPECT(at::equal(flat, at::ones({8})));
  buckets[0].unpack(at::arange(8).to(at::kFloat));
  EXPECT(at::equal(tensors[1], at::tensor({4.F, 5.F, 6.F, 7.F}).view({2, 2})));
}

SRVAU_RANKS_MAIN()
