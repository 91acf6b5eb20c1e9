#include "distributed/process_group.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <future>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include <c10/util/Exception.h>

#include "base/error.h"
#include "distributed/backend.h"
#include "distributed/buckets.h"
#include "distributed/rendezvous.h"

namespace srvau {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using WorkPtr = c10::intrusive_ptr<c10d::Work>;

constexpr int64_t kBucketBytes = int64_t{16} << 20;
/** As many exchanges of a list of tensors are under way at a time: while one is sent the next is packed. */
constexpr size_t kUnderWay = 2;
/** Of what ranks tell each other in gather(): longer texts are cut. */
constexpr int64_t kTextBytes = 1024;
/** The backend has the timeout too; this long after it, it is taken to have missed it. */
constexpr milliseconds kGrace{2000};

JoinOptions checked(JoinOptions options) {
  SRVAU_REQUIRE(options.world_size >= 1, "world_size: expected at least 1, received ", options.world_size);
  SRVAU_REQUIRE(options.rank >= 0 && options.rank < options.world_size, "rank: expected 0 to ", options.world_size - 1,
                ", received ", options.rank);
  SRVAU_REQUIRE(options.port != 0 || options.rank == 0, "port: expected that of rank 0, received 0");
  SRVAU_REQUIRE(options.timeout.count() > 0, "timeout: expected at least 1 ms, received ", options.timeout.count());
  return options;
}

c10d::ReduceOp::RedOpType type_of(Reduction reduction) {
  switch (reduction) {
    case Reduction::kMin:
      return c10d::ReduceOp::MIN;
    case Reduction::kMax:
      return c10d::ReduceOp::MAX;
    case Reduction::kSum:
      break;
  }
  return c10d::ReduceOp::SUM;
}

c10::intrusive_ptr<c10d::Backend> make_backend(const BackendOptions& options) {
  if (options.device.is_cpu()) return make_gloo_backend(options);
#ifdef SRVAU_CUDA
  return make_nccl_backend(options);
#else
  fail(ErrorCode::kUnsupported, "device: expected cpu, as this build has no CUDA, received ", options.device);
#endif
}

/** Without a stack, and without the place in the sources and the advice that Gloo puts around its messages. */
std::string message_of(const std::exception& error) {
  const auto* const ours = dynamic_cast<const c10::Error*>(&error);
  std::string text = ours != nullptr ? ours->what_without_backtrace() : error.what();
  if (text.starts_with("[")) text.erase(0, std::min(text.find("] "), text.size() - 2) + 2);
  text.resize(std::min({text.find('\n'), text.find(". This is typically"), text.size()}));
  return text;
}

/** What fails here fails because of another rank. */
void wait_for(c10d::Work& work, milliseconds timeout) {
  try {
    work.wait();
  } catch (const std::exception& error) {
    fail(ErrorCode::kProcessGroup, "another rank has ended or is more than ", timeout.count(),
         " ms late: ", message_of(error));
  }
}

}  // namespace

struct ProcessGroup::Links {
  c10::intrusive_ptr<c10d::Store> store;  // on rank 0 it serves the others: it goes last
  c10::intrusive_ptr<c10d::Backend> backend;
};

/** Some exchanges under way, each with what to do when it is done. What they read and write is kept alive. */
class ProcessGroup::Exchange {
 public:
  Exchange(milliseconds timeout, const CancelPtr& cancel) : timeout_(timeout), cancel_(cancel) {}

  void add(WorkPtr work, std::function<void()> then) {
    pending_.push_back({std::move(work), std::move(then)});
    if (pending_.size() >= kUnderWay) finish_first();
  }
  void finish() {
    while (!pending_.empty()) finish_first();
  }

 private:
  struct Pending {
    WorkPtr work;
    std::function<void()> then;
  };

  void finish_first() {
    const auto [work, then] = std::move(pending_.front());
    pending_.pop_front();
    const auto begin = Clock::now();
    // Asked rather than waited for, so that it can be cancelled: a rank may have to wait for minutes. The pauses grow
    // with the time waited, by an eighth of it.
    while (!work->isCompleted()) {
      check_cancelled(cancel_);
      const auto waited = Clock::now() - begin;
      if (waited > timeout_ + kGrace)
        fail(ErrorCode::kProcessGroup, "another rank is more than ", timeout_.count(), " ms late");
      using std::chrono::microseconds;
      std::this_thread::sleep_for(std::clamp<Clock::duration>(waited / 8, microseconds(5), microseconds(1000)));
    }
    wait_for(*work, timeout_);
    then();
  }

  const milliseconds timeout_;
  const CancelPtr& cancel_;
  std::deque<Pending> pending_;
};

std::unique_ptr<ProcessGroup::Links> ProcessGroup::connect(JoinOptions& options, const std::set<int>& before,
                                                           const CancelPtr& cancel) {
  auto meeting = meet(options, Clock::now() + options.timeout, cancel);
  options.port = meeting.port;
  auto links = std::make_unique<Links>();
  links->store = meeting.store;
  try {
    links->backend = make_backend(
        {meeting.store, options.rank, options.world_size, options.timeout, meeting.local_address, options.device});
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorCode::kProcessGroup, "connecting rank ", options.rank, " with the others: ", message_of(error));
  }
  auto ours = open_sockets();
  std::erase_if(ours, [&](int fd) { return before.contains(fd); });
  close_on_exec(ours);
  return links;
}

std::shared_ptr<ProcessGroup> ProcessGroup::join(const JoinOptions& unchecked, const CancelPtr& cancel) {
  // On a thread of its own: c10d waits without end for a machine that has vanished, or for a program at that port that
  // says nothing.
  struct Joining {
    JoinOptions options;
    std::set<int> before = open_sockets();
    std::promise<std::unique_ptr<Links>> links;
  };
  const auto joining = std::make_shared<Joining>();
  joining->options = checked(unchecked);
  auto connected = joining->links.get_future();
  std::thread([joining, cancel] {
    try {
      joining->links.set_value(connect(joining->options, joining->before, cancel));
    } catch (...) {
      joining->links.set_exception(std::current_exception());
    }
  }).detach();
  const auto give_up = [&] {
    // What it waits for is cut off, each time it tries again, until its own time is over.
    std::thread([joining, port = unchecked.port, left = std::move(connected)] {
      while (left.wait_for(kGrace / 20) != std::future_status::ready) cut_connections(joining->before, port);
    }).detach();
  };
  const auto late = Clock::now() + unchecked.timeout + kGrace;
  std::optional<Deadline> cancelled;
  while (connected.wait_for(milliseconds(10)) != std::future_status::ready) {
    const auto now = Clock::now();
    if (!cancelled && cancel && cancel->cancelled()) cancelled = now + kGrace / 4;
    if (cancelled && now > *cancelled) {
      give_up();
      cancel->check();
    }
    if (now > late) {
      give_up();
      fail(ErrorCode::kProcessGroup, "expected rank 0 at ", unchecked.address, " port ", unchecked.port,
           ", what is there did not answer within ", unchecked.timeout.count(), " ms");
    }
  }
  auto links = connected.get();
  std::shared_ptr<ProcessGroup> group(new ProcessGroup(joining->options, std::move(links)));
  // Some connections are made when they are first used, for which rank 0 must still be there.
  group->meet_at("join", cancel);
  return group;
}

ProcessGroup::ProcessGroup(JoinOptions options, std::unique_ptr<Links> links)
    : options_(std::move(options)), links_(std::move(links)) {}

ProcessGroup::~ProcessGroup() = default;

template <typename Body>
void ProcessGroup::guarded(const char* what, Body&& body) {
  if (links_ == nullptr)
    fail(ErrorCode::kProcessGroup, "expected a process group at work, received one that has ended: ", ended_);
  at::NoGradGuard none;
  try {
    body();
  } catch (...) {
    const auto error = current_error();
    end(error.what());
    if (error.code() == ErrorCode::kCancelled) throw error;
    fail(error.code(), "rank ", rank(), " of ", world_size(), ", ", what, ": ", error.what());
  }
}

void ProcessGroup::end(const std::string& reason) noexcept {
  ended_ = reason;
  // A backend is only destroyed when nothing of it is under way, which may take as long as the timeout. Its connections
  // close then, which tells the others, if this process does not end before.
  std::shared_ptr<Links> links = std::move(links_);
  try {
    std::thread([held = links]() mutable {
      held->backend->abort();
      held.reset();
    }).detach();
  } catch (const std::system_error&) {
    // No thread to be had: it is destroyed here.
  }
}

std::vector<std::string> ProcessGroup::gather(const std::string& text, const CancelPtr& cancel) {
  auto mine = at::zeros({kTextBytes}, at::kByte);
  std::memcpy(mine.data_ptr(), text.data(), std::min<size_t>(text.size(), kTextBytes - 1));
  mine = mine.to(device());
  std::vector<std::vector<at::Tensor>> all(1);
  for (int i = 0; i < world_size(); ++i) all.front().push_back(at::empty_like(mine));
  guarded("meeting the others", [&] {
    Exchange exchange(options_.timeout, cancel);
    std::vector<at::Tensor> inputs{mine};
    exchange.add(links_->backend->allgather(all, inputs), [] {});
    exchange.finish();
  });
  std::vector<std::string> texts;
  for (const auto& tensor : all.front()) texts.emplace_back(static_cast<const char*>(tensor.cpu().const_data_ptr()));
  return texts;
}

void ProcessGroup::meet_at(const std::string& place, const CancelPtr& cancel) {
  const auto places = gather(place, cancel);
  for (int i = 0; i < world_size(); ++i) {
    if (places[i] != places[rank()])
      fail(ErrorCode::kProcessGroup, "expected all ranks to do the same, received different calls: rank ", rank(),
           " is to ", places[rank()], "; rank ", i, " is to ", places[i]);
  }
}

void ProcessGroup::together(const std::string& what, const std::function<void()>& body, const CancelPtr& cancel) {
  meet_at(what, cancel);
  std::optional<Error> own;
  try {
    body();
  } catch (...) {
    own = current_error();
  }
  if (links_ == nullptr && own) throw *own;
  const auto outcomes = gather(own ? own->what() : "", cancel);
  if (own) throw *own;
  for (int i = 0; i < world_size(); ++i) {
    if (!outcomes[i].empty()) fail(ErrorCode::kProcessGroup, "to ", what, ", rank ", i, ": ", outcomes[i]);
  }
}

void ProcessGroup::all_reduce(const std::vector<at::Tensor>& tensors, Reduction reduction, const CancelPtr& cancel) {
  guarded("summing over the ranks", [&] {
    Exchange exchange(options_.timeout, cancel);
    for (const auto& bucket : plan_buckets(tensors, kBucketBytes)) {
      std::vector<at::Tensor> flat{bucket.flat(true)};
      c10d::AllreduceOptions options;
      options.reduceOp = type_of(reduction);
      exchange.add(links_->backend->allreduce(flat, options), [bucket, flat] { bucket.unpack(flat.front()); });
    }
    exchange.finish();
  });
}

std::vector<double> ProcessGroup::reduce_numbers(const std::vector<double>& values, Reduction reduction,
                                                 const CancelPtr& cancel) {
  auto tensor = at::tensor(values, at::kDouble).to(device());
  all_reduce(std::vector<at::Tensor>{tensor}, reduction, cancel);
  tensor = tensor.cpu();
  const auto* const data = tensor.const_data_ptr<double>();
  return {data, data + tensor.numel()};
}

void ProcessGroup::share(const std::vector<at::Tensor>& tensors, const std::vector<int>& owners,
                         const CancelPtr& cancel) {
  guarded("copying between the ranks", [&] {
    Exchange exchange(options_.timeout, cancel);
    for (int owner = 0; owner < world_size(); ++owner) {
      std::vector<at::Tensor> owned;
      for (size_t i = 0; i < tensors.size(); ++i) {
        if (owners[i] == owner) owned.push_back(tensors[i]);
      }
      const bool is_mine = owner == rank();
      for (const auto& bucket : plan_buckets(owned, kBucketBytes)) {
        const auto flat = bucket.flat(is_mine);
        std::vector<at::Tensor> bytes{flat.view(at::kByte)};  // Gloo does not know every dtype
        c10d::BroadcastOptions options;
        options.rootRank = owner;
        exchange.add(links_->backend->broadcast(bytes, options), [bucket, flat, is_mine] {
          if (!is_mine) bucket.unpack(flat);
        });
      }
    }
    exchange.finish();
  });
}

void ProcessGroup::send(const at::Tensor& tensor, int to) {
  guarded("sending", [&] {
    std::vector<at::Tensor> bytes{tensor.contiguous().view(-1).view(at::kByte)};
    wait_for(*links_->backend->send(bytes, to, 0), options_.timeout);
  });
}

void ProcessGroup::receive(const at::Tensor& tensor, int from) {
  guarded("receiving", [&] {
    std::vector<at::Tensor> bytes{tensor.view(-1).view(at::kByte)};
    wait_for(*links_->backend->recv(bytes, from, 0), options_.timeout);
  });
}

}  // namespace srvau
