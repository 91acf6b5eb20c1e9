#include "base/files.h"

#include <csignal>
#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/temp_dir.h"
#include "base/testing.h"

namespace {

namespace fs = std::filesystem;
using srvau::ErrorCode;

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
int entries(const fs::path& dir) { return static_cast<int>(std::distance(fs::directory_iterator(dir), {})); }

/** Another process that runs `begin` and then waits to be killed. */
class Writer {
 public:
  template <typename Begin>
  explicit Writer(Begin&& begin) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const auto held = begin();
      if (::write(ready[1], "r", 1) == 1) ::pause();
      ::_exit(1);
    }
    char said = 0;
    EXPECT_EQ(::read(ready[0], &said, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Writer() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST(a_file_appears_with_commit_and_leaves_nothing_without) {
  const srvau::testing::TempDir dir;
  put(dir / "f", "old");
  {
    srvau::AtomicFile file(dir / "f");
    file.write("new");
    EXPECT_EQ(srvau::read_file(dir / "f", 100), "old");
  }
  EXPECT_EQ(entries(dir.path()), 1);
  srvau::AtomicFile file(dir / "f");
  file.write("new");
  file.commit();
  EXPECT_EQ(srvau::read_file(dir / "f", 100), "new");
  EXPECT_EQ(entries(dir.path()), 1);
}

TEST(a_directory_takes_the_place_of_another_and_leaves_nothing_without_commit) {
  const srvau::testing::TempDir dir;
  fs::create_directory(dir / "out");
  put(dir / "out" / "old", "1");
  { put(srvau::AtomicDirectory(dir / "out").staging() / "lost", "2"); }
  EXPECT_EQ(entries(dir.path()), 1);
  srvau::AtomicDirectory output(dir.path() / "out/");
  put(output.staging() / "new", "3");
  output.commit();
  EXPECT_EQ(entries(dir.path()), 1);
  EXPECT_EQ(entries(dir / "out"), 1);
  EXPECT_EQ(srvau::read_file(dir / "out" / "new", 100), "3");
}

TEST(a_directory_is_made_with_its_parents_and_behind_a_link) {
  const srvau::testing::TempDir dir;
  srvau::AtomicDirectory deep(dir / "a/b/c");
  deep.commit();
  EXPECT(fs::is_directory(dir / "a/b/c"));
  fs::create_directory_symlink(dir / "a/b/c", dir / "link");
  srvau::AtomicDirectory output(dir / "link");
  put(output.staging() / "f", "1");
  output.commit();
  EXPECT(fs::is_symlink(dir / "link"));
  EXPECT_EQ(srvau::read_file(dir / "a/b/c/f", 100), "1");
}

TEST(what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not) {
  const srvau::testing::TempDir dir;
  const auto begin_file = [&] {
    auto file = std::make_unique<srvau::AtomicFile>(dir / "f");
    file->write("half");
    return file;
  };
  const auto begin_directory = [&] {
    auto output = std::make_unique<srvau::AtomicDirectory>(dir / "out");
    put(output->staging() / "half", "1");
    return output;
  };
  const auto save = [&] { srvau::AtomicFile(dir / "other").commit(); };
  {
    Writer file(begin_file), directory(begin_directory);
    save();
    EXPECT_EQ(entries(dir.path()), 3);
    file.kill();
    save();
    EXPECT_EQ(entries(dir.path()), 2);
    directory.kill();
    srvau::AtomicDirectory(dir / "another").commit();
    EXPECT_EQ(entries(dir.path()), 2);  // other, another
  }
  // Not ours: names of other programs, and of the version that is being replaced.
  for (const auto* name : {".f.tmp", ".f.0123456789abcdef.srvau-tmp", ".out.01234567-1-0.srvau-old"}) put(dir / name, "");
  save();
  EXPECT_EQ(entries(dir.path()), 5);
}

TEST(nothing_but_files_and_directories_is_replaced) {
  const srvau::testing::TempDir dir;
  EXPECT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  fs::create_symlink("/dev/null", dir / "device");
  fs::create_symlink(dir / "gone", dir / "dangling");
  put(dir / "f", "1");
  EXPECT_ERROR(ErrorCode::kCheckpoint, "pipe: expected a regular file or nothing, received a named pipe",
               srvau::AtomicFile(dir / "pipe"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received a device or socket", srvau::AtomicFile(dir / "device"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received a directory", srvau::AtomicFile(dir.path()));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "dangling: expected a directory or nothing, received a link to",
               srvau::AtomicDirectory(dir / "dangling"));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "received a file", srvau::AtomicDirectory(dir / "f"));
  EXPECT_EQ(entries(dir.path()), 4);
}

TEST(reading_refuses_what_is_no_small_regular_file) {
  const srvau::testing::TempDir dir;
  put(dir / "f", "12345");
  EXPECT_EQ(srvau::read_file(dir / "f", 5), "12345");
  EXPECT_ERROR(ErrorCode::kCheckpoint, "at most 4 bytes, received 5", srvau::read_file(dir / "f", 4));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "regular file", srvau::read_file(dir.path(), 100));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "No such file", srvau::read_file(dir / "g", 100));
  EXPECT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "regular file", srvau::read_file(dir / "pipe", 100));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "f: expected a file that can be made there, received the system's error: No such",
               srvau::AtomicFile(dir / "none/f"));
}

SRVAU_TEST_MAIN()
