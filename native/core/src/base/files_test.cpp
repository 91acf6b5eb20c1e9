#include "base/files.h"

#include <fstream>

#include <sys/stat.h>

#include "base/temp_dir.h"
#include "base/testing.h"

namespace {

namespace fs = std::filesystem;
using srvau::ErrorCode;

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
int entries(const fs::path& dir) { return static_cast<int>(std::distance(fs::directory_iterator(dir), {})); }

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

TEST(reading_refuses_what_is_no_small_regular_file) {
  const srvau::testing::TempDir dir;
  put(dir / "f", "12345");
  EXPECT_EQ(srvau::read_file(dir / "f", 5), "12345");
  EXPECT_ERROR(ErrorCode::kCheckpoint, "at most 4 bytes, received 5", srvau::read_file(dir / "f", 4));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "regular file", srvau::read_file(dir.path(), 100));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "No such file", srvau::read_file(dir / "g", 100));
  EXPECT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(ErrorCode::kCheckpoint, "regular file", srvau::read_file(dir / "pipe", 100));
  EXPECT_ERROR(ErrorCode::kCheckpoint, "creating", srvau::AtomicFile(dir / "none/f"));
}

SRVAU_TEST_MAIN()
