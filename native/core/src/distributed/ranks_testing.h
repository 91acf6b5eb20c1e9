#pragma once

// For tests: ranks as what they are, processes. A test program is also the program of its ranks:
//
//   RANK(adds) { ... }                               what one rank does; it may throw
//   TEST(ranks_add) { Ranks ranks("adds", 2); EXPECT_EQ(ranks.outcome(0), ""); ... }
//   SRVAU_RANKS_MAIN()

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ATen/Parallel.h>

#include "base/testing.h"
#include "distributed/process_group.h"

namespace srvau::testing {

/** What a rank knows of its test. */
struct RankTask {
  JoinOptions options;
  std::string argument;
};

using RankBody = std::function<void(RankTask)>;

inline std::map<std::string, RankBody>& rank_bodies() {
  static std::map<std::string, RankBody> all;
  return all;
}

struct RankRegistration {
  RankRegistration(const char* name, RankBody body) { rank_bodies()[name] = std::move(body); }
};

/** Tells the test something, line by line. */
inline void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/** The program of a rank: --rank BODY RANK WORLD_SIZE PORT ARGUMENT. Says "error CODE: ..." when the body throws. */
inline int run_rank(char** argv) {
  at::set_num_threads(1);
  RankTask task;
  task.options.rank = std::atoi(argv[3]);
  task.options.world_size = std::atoi(argv[4]);
  task.options.port = static_cast<uint16_t>(std::atoi(argv[5]));
  task.options.timeout = std::chrono::seconds(60);
  task.options.on_listening = [](uint16_t port) { say(c10::str("port ", port)); };
  task.argument = argv[6];
  try {
    rank_bodies().at(argv[2])(std::move(task));
  } catch (...) {
    const auto error = current_error();
    say(c10::str("error ", name_of(error.code()), ": ", error.what()));
    return 3;
  }
  return failures() > 0 ? 4 : 0;
}

/** The ranks of one test. Those that are left are killed in the end. */
class Ranks {
 public:
  explicit Ranks(std::string body) : body_(std::move(body)) {}
  /** Starts all of them. Rank 0 listens on any port that is free and says which. */
  Ranks(std::string body, int world_size, const std::string& argument = "") : body_(std::move(body)) {
    start(0, world_size, 0, argument);
    const auto port = port_of(0);
    for (int rank = 1; rank < world_size; ++rank) start(rank, world_size, port, argument);
  }
  ~Ranks() {
    for (auto& process : processes_) {
      if (process.pid > 0) ::kill(process.pid, SIGKILL), ::waitpid(process.pid, nullptr, 0);
      std::fclose(process.output);
    }
  }
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  void start(int rank, int world_size, uint16_t port, const std::string& argument = "") {
    std::vector<std::string> arguments = {
        "/proc/self/exe",     "--rank", body_, std::to_string(rank), std::to_string(world_size),
        std::to_string(port), argument};
    std::vector<char*> pointers;
    for (auto& text : arguments) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail(ErrorCode::kInternal, "no pipe");
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    processes_.push_back({pid, ::fdopen(ends[0], "r")});
  }

  pid_t pid(size_t index) const { return processes_[index].pid; }

  /** The next line that a process says; "" at its end. */
  std::string line(size_t index) {
    char text[4096];
    if (std::fgets(text, sizeof(text), processes_[index].output) == nullptr) return "";
    std::string line = text;
    if (line.ends_with('\n')) line.pop_back();
    return line;
  }

  uint16_t port_of(size_t index) {
    const auto said = line(index);
    if (!said.starts_with("port ")) fail(ErrorCode::kInternal, "expected a port from a rank, received ", said);
    return static_cast<uint16_t>(std::stoi(said.substr(5)));
  }

  /** Waits for the end: "" where all is well, else the last that was said, or how it ended. */
  std::string outcome(size_t index) {
    std::string last;
    for (std::string said = line(index); !said.empty(); said = line(index)) last = said;
    int status = 0;
    ::waitpid(processes_[index].pid, &status, 0);
    processes_[index].pid = 0;
    if (WIFSIGNALED(status)) return c10::str("signal ", WTERMSIG(status), " ", last);
    return WEXITSTATUS(status) == 0 ? "" : last.empty() ? c10::str("code ", WEXITSTATUS(status)) : last;
  }

 private:
  struct Process {
    pid_t pid;
    std::FILE* output;
  };
  std::string body_;
  std::vector<Process> processes_;
};

}  // namespace srvau::testing

#define RANK(name)                                                                            \
  static void rank_##name(srvau::testing::RankTask task);                                     \
  static const srvau::testing::RankRegistration rank_registration_##name(#name, rank_##name); \
  static void rank_##name([[maybe_unused]] srvau::testing::RankTask task)

#define SRVAU_RANKS_MAIN()                                                                    \
  int main(int argc, char** argv) {                                                           \
    if (argc == 7 && std::string(argv[1]) == "--rank") return srvau::testing::run_rank(argv); \
    return srvau::testing::run_all(argc, argv);                                               \
  }
