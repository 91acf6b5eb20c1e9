#include "vision/smart_resize.h"

#include <ostream>

#include "base/testing.h"
#include "checkpoint/safetensors.h"
#include "vision/vision_testing.h"

using srvau::ErrorCode;
using srvau::Size;
using srvau::smart_resize;
using srvau::video_pixel_budget;

namespace srvau {
std::ostream& operator<<(std::ostream& out, const Size& size) { return out << size.height << "x" << size.width; }
}  // namespace srvau

TEST(equals_transformers) {
  const auto file = srvau::SafetensorsFile::open(srvau::testing::reference_path("preprocess/smart_resize.safetensors"));
  const auto rows = file.tensor("rows");  // (cases, 7): height, width, factor, min, max, resized height, resized width
  EXPECT(rows.size(0) >= 300);
  const auto row = rows.accessor<int64_t, 2>();
  for (int64_t i = 0; i < rows.size(0); ++i) {
    EXPECT_EQ(smart_resize(row[i][0], row[i][1], row[i][2], row[i][3], row[i][4]), (Size{row[i][5], row[i][6]}));
  }
}

TEST(rounds_halves_to_even) {
  EXPECT_EQ(smart_resize(70, 98, 28, 1, 1'000'000), (Size{56, 112}));  // 2.5 and 3.5
}

TEST(refuses_what_cannot_be_resized) {
  EXPECT_EQ(smart_resize(1, 200, 1, 1, 1'000'000), (Size{1, 200}));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "aspect ratio of at most 200, received 201",
               smart_resize(1, 201, 2, 1, 100));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "height of a frame: expected 1", smart_resize(0, 20, 28, 1, 100));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "width of a frame: expected 1", smart_resize(20, -1, 28, 1, 100));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "min_pixels: expected 1", smart_resize(20, 20, 28, 0, 100));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "max_pixels: expected 1", smart_resize(20, 20, 28, 1, int64_t{1} << 31));
}

TEST(shares_a_videos_budget_among_its_frames) {
  srvau::VideoBudget budget{.frames = 768,
                            .temporal_patch_size = 2,
                            .factor = 28,
                            .min_pixels = 128 * 28 * 28,
                            .max_pixels = 768 * 28 * 28,
                            .max_video_tokens = 128000};
  EXPECT_EQ(video_pixel_budget(budget), 235200);  // int(128000 * 28 * 28 * 0.9) * 2 // 768
  budget.frames = 2;
  EXPECT_EQ(video_pixel_budget(budget), budget.max_pixels);
  budget.frames = 100'000;
  EXPECT_EQ(video_pixel_budget(budget), 105369);  // int(128 * 28 * 28 * 1.05)
  budget.frames = 0;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "frames of a video: expected 1", video_pixel_budget(budget));
}

SRVAU_TEST_MAIN()
