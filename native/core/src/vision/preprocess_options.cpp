#include "vision/preprocess_options.h"

#include <filesystem>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "config/json.h"

namespace srvau {
namespace {

constexpr uint64_t kMaxFileBytes = 16 << 20;
constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
/** Of the resampling filters as PIL numbers them. */
constexpr int64_t kBicubic = 3;

/** A field that this code implements one value of. */
void require_true(const JsonField& field) {
  if (field.given() && !field.boolean()) field.fail_unsupported("true");
}

/** A field that repeats the configuration of the model. */
void require_equal(const JsonField& field, int64_t value) {
  if (field.given() && field.integer(1, kMost) != value) {
    field.fail_expected(c10::str(value, " as in the model's configuration"));
  }
}

/** One number for each channel, or one for all. */
void read_channels(const JsonField& field, std::array<float, 3>& out, bool positive) {
  if (!field.given()) return;
  const auto read = [&](const JsonField& item) {
    const auto value = static_cast<float>(item.number());
    if (positive && !(value > 0)) item.fail_expected("a positive number");
    return value;
  };
  if (!field.is_array()) {
    out.fill(read(field));
    return;
  }
  const auto items = field.items();
  if (items.size() != out.size()) field.fail_expected("an array of 3 numbers");
  for (size_t i = 0; i < items.size(); ++i) out[i] = read(items[i]);
}

/** Later fields win, as min_pixels wins over size.shortest_edge in transformers. */
void read_pixels(const std::vector<JsonField>& fields, int64_t& out) {
  for (const auto& field : fields) {
    if (field.given()) out = field.integer(1, kMost);
  }
}

PreprocessOptions read_fields(const JsonField& fields, Medium medium, const VisionConfig& config) {
  require_true(fields["do_resize"]);
  require_true(fields["do_rescale"]);
  require_true(fields["do_normalize"]);
  if (const auto resample = fields["resample"]; resample.given() && resample.integer(0, kMost) != kBicubic) {
    resample.fail_unsupported("3 (bicubic)");
  }
  require_equal(fields["patch_size"], config.patch_size);
  require_equal(fields["merge_size"], config.spatial_merge_size);
  require_equal(fields["temporal_patch_size"], config.temporal_patch_size);

  auto options = default_preprocess_options(medium);
  const auto size = fields["size"];
  if (size.given() && size["height"].given()) {
    size["height"].fail_unsupported("a size of shortest_edge and longest_edge, as areas");
  }
  read_pixels({size["min_pixels"], size["shortest_edge"], fields["min_pixels"]}, options.min_pixels);
  read_pixels({size["max_pixels"], size["longest_edge"], fields["max_pixels"]}, options.max_pixels);
  if (medium == Medium::kVideo) {
    if (const auto cap = fields["cap_pixels_per_frame"]; cap.given()) options.cap_pixels_per_frame = cap.boolean();
    read_pixels({fields["max_video_tokens"]}, options.max_video_tokens);
  }
  if (const auto rescale = fields["rescale_factor"]; rescale.given()) {
    options.rescale_factor = rescale.number();
    if (options.rescale_factor <= 0) rescale.fail_expected("a positive number");
  }
  read_channels(fields["image_mean"], options.image_mean, false);
  read_channels(fields["image_std"], options.image_std, true);
  return options;
}

}  // namespace

PreprocessOptions default_preprocess_options(Medium medium) {
  if (medium == Medium::kImage) return {.min_pixels = 56 * 56, .max_pixels = 1280 * 28 * 28};
  return {.min_pixels = 128 * 28 * 28, .max_pixels = 768 * 28 * 28};
}

PreprocessOptions read_preprocess_options(const std::string& dir, Medium medium, const VisionConfig& config) {
  const bool video = medium == Medium::kVideo;
  struct Source {
    const char* file;
    const char* member;  // null: the document itself
  };
  std::vector<Source> sources = {{"processor_config.json", video ? "video_processor" : "image_processor"}};
  if (video) sources.push_back({"video_preprocessor_config.json", nullptr});
  sources.push_back({"preprocessor_config.json", nullptr});

  for (const auto& [file, member] : sources) {
    const auto path = std::filesystem::path(dir) / file;
    if (!std::filesystem::exists(path)) continue;
    const auto document = parse_json(read_file(path, kMaxFileBytes), path.string());
    const JsonField root(document, path.string());
    const auto fields = member == nullptr ? root : root[member];
    // Before transformers 5, processor_config.json said nothing of images and videos.
    if (fields.given()) return read_fields(fields, medium, config);
  }
  return default_preprocess_options(medium);
}

}  // namespace srvau
