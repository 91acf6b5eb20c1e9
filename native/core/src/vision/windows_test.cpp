#include "vision/windows.h"

#include "base/files.h"
#include "base/testing.h"
#include "config/json.h"
#include "vision/vision_testing.h"

using srvau::ErrorCode;
using srvau::Grid;

namespace {

std::vector<int64_t> integers(const srvau::JsonField& field) {
  std::vector<int64_t> values;
  for (const auto& item : field.items()) values.push_back(item.integer(0, 1 << 30));
  return values;
}

std::vector<int64_t> integers(const at::Tensor& tensor) {
  const auto* data = tensor.const_data_ptr<int64_t>();
  return {data, data + tensor.numel()};
}

}  // namespace

TEST(equals_transformers) {
  const std::string path = srvau::testing::reference_path("positions.json");
  const auto document = srvau::parse_json(srvau::read_file(path, 1 << 24), path);
  int compared = 0;
  for (const auto& reference : srvau::JsonField(document, path)["windows"].items()) {
    auto config = srvau::testing::vision_config();
    config.patch_size = reference["patch_size"].integer(1, 64);
    config.spatial_merge_size = reference["merge"].integer(1, 8);
    config.window_size = reference["window_size"].integer(1, 1024);
    std::vector<Grid> grids;
    for (const auto& item : reference["grids"].items()) {
      const auto sides = integers(item);
      grids.push_back({sides.at(0), sides.at(1), sides.at(2)});
    }
    const auto name = reference["name"].string() + " ";
    const auto expect = [&](const char* field, const std::vector<int64_t>& actual) {
      EXPECT_EQ(c10::str(name, field, actual), c10::str(name, field, integers(reference[field])));
    };
    const auto plan = plan_windows(grids, config);
    expect("window_index", integers(plan.window_index));
    expect("reverse_index", integers(plan.reverse_index));
    expect("window_cu_seqlens", plan.window_cu_seqlens);
    expect("frame_cu_seqlens", plan.frame_cu_seqlens);

    const auto positions = vision_rope_positions(grids, config.spatial_merge_size);  // (patches, 2)
    std::vector<int64_t> flat;
    for (const auto& item : reference["rope_positions"].items()) {
      for (const auto value : integers(item)) flat.push_back(value);
    }
    EXPECT_EQ(positions.sizes().vec(), (std::vector<int64_t>{plan.frame_cu_seqlens.back(), 2}));
    EXPECT_EQ(c10::str(name, integers(positions)), c10::str(name, flat));
    ++compared;
  }
  EXPECT(compared >= 10);
}

TEST(nothing_has_no_windows) {
  const auto plan = srvau::plan_windows({}, srvau::testing::vision_config());
  EXPECT_EQ(plan.window_index.numel(), 0);
  EXPECT_EQ(plan.window_cu_seqlens, std::vector<int64_t>{0});
  EXPECT_EQ(srvau::vision_rope_positions({}, 2).sizes().vec(), (std::vector<int64_t>{0, 2}));
}

TEST(refuses_grids_out_of_range) {
  auto config = srvau::testing::vision_config();
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "grid 1: expected height and width in multiples of 2",
               srvau::plan_windows({{1, 2, 2}, {1, 2, 3}}, config));
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "grid 0: expected sides of at least 1",
               srvau::vision_rope_positions({{1, 0, 2}}, 2));
  const Grid huge{1, 1 << 15, 1 << 15};
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "patches together, received more with grid 1",
               srvau::vision_rope_positions({huge, huge}, 2));
  config.window_size = 27;
  EXPECT_ERROR(ErrorCode::kInvalidArgument, "window_size: expected at least one token of 28 pixels, received 27",
               srvau::plan_windows({{1, 2, 2}}, config));
}

SRVAU_TEST_MAIN()
