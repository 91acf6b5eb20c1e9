#pragma once

#include <string>
#include <vector>

#include "model/batch.h"

namespace srvau::binding {

ClipPtr make_clip(const VisionSpan& span, at::Tensor pixels);

struct FileClips {
  std::vector<ClipPtr> images, videos;
};

/**
 * Patches that a processor of transformers made: `pixel_values_videos` (patches, patch_dim) float32, `video_grid_thw`
 * (videos, 3) int64 and `second_per_grid_ts` (videos) float32; `pixel_values` and `image_grid_thw` for images. They
 * stay in the file's mapping.
 *
 * @throws Error CHECKPOINT naming the file, the tensor, what was expected and what is there.
 */
FileClips clips_of_file(const std::string& path);

}  // namespace srvau::binding
