#include "clips.h"

#include "base/error.h"
#include "base/finite.h"
#include "checkpoint/safetensors.h"
#include "vision/preprocess_options.h"

namespace srvau::binding {
namespace {

struct Names {
  const char* pixels;
  const char* grids;
};

at::Tensor tensor_of(const SafetensorsFile& file, const char* name, at::ScalarType dtype, int64_t dims) {
  const auto at = file.path().string() + ": " + name;
  const auto* entry = file.find(name);
  if (entry == nullptr) fail(ErrorCode::kCheckpoint, at, ": expected this tensor, received none");
  if (entry->dtype != dtype || static_cast<int64_t>(entry->shape.size()) != dims)
    fail(ErrorCode::kCheckpoint, at, ": expected ", dims, " dimensions of ", dtype, ", received the shape ",
         at::IntArrayRef(entry->shape), " of ", entry->dtype);
  return file.tensor(name);
}

std::vector<ClipPtr> clips_of(const SafetensorsFile& file, const Names& names, bool is_video) {
  if (file.find(names.pixels) == nullptr && file.find(names.grids) == nullptr) return {};
  const auto where = file.path().string() + ": ";
  const auto pixels = tensor_of(file, names.pixels, at::kFloat, 2);
  if (const auto at = first_not_finite(pixels, kMostPixelValue))
    fail(ErrorCode::kCheckpoint, where, names.pixels, ": expected finite numbers of at most ", kMostPixelValue,
         " in size, received ", pixels.const_data_ptr<float>()[*at], " in patch ", *at / pixels.size(1), ", value ",
         *at % pixels.size(1));
  const auto grids = tensor_of(file, names.grids, at::kLong, 2);
  if (grids.size(1) != 3)
    fail(ErrorCode::kCheckpoint, where, names.grids, ": expected the shape [n, 3], received ", grids.sizes());
  at::Tensor seconds;
  if (is_video) {
    seconds = tensor_of(file, "second_per_grid_ts", at::kFloat, 1);
    if (seconds.size(0) != grids.size(0))
      fail(ErrorCode::kCheckpoint, where, "second_per_grid_ts: expected ", grids.size(0), " values, received ",
           seconds.size(0));
  }
  std::vector<ClipPtr> clips;
  int64_t row = 0;
  for (int64_t i = 0; i < grids.size(0); ++i) {
    const auto* sides = grids.const_data_ptr<int64_t>() + 3 * i;
    const Grid grid{sides[0], sides[1], sides[2]};
    try {
      check_grid(grid, 1, c10::str(names.grids, "[", i, "]"));
    } catch (const Error& error) {
      fail(ErrorCode::kCheckpoint, where, error.what());
    }
    if (grid.patches() > pixels.size(0) - row)
      fail(ErrorCode::kCheckpoint, where, names.pixels, ": expected the patches of all grids, received ",
           pixels.size(0), ", which end in grid ", i, " ", grid);
    const float second = is_video ? seconds.const_data_ptr<float>()[i] : 0;
    clips.push_back(make_clip({is_video, grid, second}, pixels.narrow(0, row, grid.patches())));
    row += grid.patches();
  }
  if (row != pixels.size(0))
    fail(ErrorCode::kCheckpoint, where, names.pixels, ": expected ", row, " patches, those of all grids, received ",
         pixels.size(0));
  return clips;
}

}  // namespace

ClipPtr make_clip(const VisionSpan& span, at::Tensor pixels) {
  return std::make_shared<const Clip>(Clip{span, std::move(pixels)});
}

FileClips clips_of_file(const std::string& path) {
  const auto file = SafetensorsFile::open(path);
  FileClips clips{clips_of(file, {"pixel_values", "image_grid_thw"}, false),
                  clips_of(file, {"pixel_values_videos", "video_grid_thw"}, true)};
  if (clips.images.empty() && clips.videos.empty())
    fail(ErrorCode::kCheckpoint, path, ": expected pixel_values_videos or pixel_values, received neither");
  return clips;
}

}  // namespace srvau::binding
