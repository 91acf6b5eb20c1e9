#include <array>

#include "base/finite.h"
#include "bindings.h"
#include "clips.h"
#include "config/model_config.h"
#include "convert.h"
#include "handle.h"
#include "vision/preprocess.h"

namespace srvau::binding {
namespace {

Napi::Value from_clip(Napi::Env env, const ClipPtr& clip) {
  const auto bytes = static_cast<int64_t>(clip->pixels.nbytes());
  auto grid = Napi::Object::New(env);
  grid["t"] = clip->span.grid.t;
  grid["h"] = clip->span.grid.h;
  grid["w"] = clip->span.grid.w;
  auto info = Napi::Object::New(env);
  info["kind"] = clip->span.is_video ? "video" : "image";
  info["grid"] = grid;
  info["secondPerGrid"] = clip->span.second_per_grid;
  info["bytes"] = bytes;
  auto result = Napi::Object::New(env);
  result["info"] = info;
  result["handle"] = make_handle(env, clip, at::kCPU, bytes);
  return result;
}

Napi::Value from_clips(Napi::Env env, const std::vector<ClipPtr>& clips) {
  auto result = Napi::Array::New(env, clips.size());
  for (size_t i = 0; i < clips.size(); ++i) result[static_cast<uint32_t>(i)] = from_clip(env, clips[i]);
  return result;
}

Napi::Value from_floats3(Napi::Env env, const std::array<float, 3>& values) {
  auto result = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) result[static_cast<uint32_t>(i)] = Napi::Number::New(env, values[i]);
  return result;
}

Napi::Object from_preprocess_options(Napi::Env env, const PreprocessOptions& options) {
  auto object = Napi::Object::New(env);
  object["minPixels"] = options.min_pixels;
  object["maxPixels"] = options.max_pixels;
  object["capPixelsPerFrame"] = options.cap_pixels_per_frame;
  object["maxVideoTokens"] = options.max_video_tokens;
  object["rescaleFactor"] = options.rescale_factor;
  object["imageMean"] = from_floats3(env, options.image_mean);
  object["imageStd"] = from_floats3(env, options.image_std);
  return object;
}

std::array<float, 3> to_floats3(Fields& fields, const char* name) {
  const auto elements = fields.array(name);
  if (elements.size() != 3) fail_expected("an array of 3 numbers", fields.path_of(name), fields.get(name));
  std::array<float, 3> values{};
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& [element, path] = elements[i];
    if (!element.IsNumber()) fail_expected("a number", path, element);
    values[i] = element.As<Napi::Number>().FloatValue();
  }
  return values;
}

PreprocessOptions to_preprocess_options(const Napi::Value& value) {
  Fields fields(value, "");
  PreprocessOptions options{};
  options.min_pixels = fields.integer("minPixels", 1, kMaxInt);
  options.max_pixels = fields.integer("maxPixels", 1, kMaxInt);
  options.cap_pixels_per_frame = fields.boolean("capPixelsPerFrame", options.cap_pixels_per_frame);
  options.max_video_tokens = fields.integer("maxVideoTokens", 1, kMaxInt);
  options.rescale_factor = fields.number("rescaleFactor");
  options.image_mean = to_floats3(fields, "imageMean");
  options.image_std = to_floats3(fields, "imageStd");
  fields.refuse_others();
  return options;
}

/** What preprocessing looks at; the rest of a configuration is left at 0. */
VisionConfig to_patch_config(const Napi::Value& value) {
  constexpr int64_t kLargest = 4096;
  Fields fields(value, "patches");
  VisionConfig config{};
  config.in_channels = 3;
  config.patch_size = fields.integer("patchSize", 1, kLargest);
  config.spatial_merge_size = fields.integer("spatialMergeSize", 1, kLargest);
  config.temporal_patch_size = fields.integer("temporalPatchSize", 1, kLargest);
  fields.refuse_others();
  return config;
}

struct Settings {
  VisionConfig vision;
  PreprocessOptions image, video;
};

Napi::Value read_preprocessing(const Napi::CallbackInfo& call) {
  const auto dir = to_name(call[1], "dir");
  return start_task(
      call.Env(), at::kCPU, Effect::kNone, *cancellation_of(call),
      [dir](const CancelPtr&) {
        const auto vision = read_model_config(dir).vision;
        return Settings{vision, read_preprocess_options(dir, Medium::kImage, vision),
                        read_preprocess_options(dir, Medium::kVideo, vision)};
      },
      [](Napi::Env env, const Settings& settings) -> Napi::Value {
        auto patches = Napi::Object::New(env);
        patches["patchSize"] = settings.vision.patch_size;
        patches["spatialMergeSize"] = settings.vision.spatial_merge_size;
        patches["temporalPatchSize"] = settings.vision.temporal_patch_size;
        auto result = Napi::Object::New(env);
        result["patches"] = patches;
        result["image"] = from_preprocess_options(env, settings.image);
        result["video"] = from_preprocess_options(env, settings.video);
        return result;
      });
}

Napi::Value preprocess(const Napi::CallbackInfo& call) {
  const auto bytes = to_byte_view(call[1], "frames");
  Fields shape(call[2], "");
  const bool is_video = shape.string("kind") == "video";
  const int64_t count = is_video ? shape.integer("count", 1, kMaxInt) : 1;
  const int64_t height = shape.integer("height", 1, kMaxInt), width = shape.integer("width", 1, kMaxInt);
  const double fps = is_video ? shape.number("fps") : 0;
  SRVAU_REQUIRE(!is_video || fps > 0, "Expected a number above 0 for fps but received ", fps, " of type number");
  shape.refuse_others();
  // Not the product of all: it could overflow.
  const int64_t row = 3 * width, frame_rows = static_cast<int64_t>(bytes.size) / row;
  SRVAU_REQUIRE(static_cast<int64_t>(bytes.size) % row == 0 && frame_rows % height == 0 && frame_rows / height == count,
                "Expected count x height x width x 3 = ", count, " x ", height, " x ", width,
                " x 3 bytes for frames but received ", bytes.size);
  const auto config = to_patch_config(call[3]);
  const auto options = to_preprocess_options(call[4]);
  const auto* data = bytes.data;
  return start_task(
      call.Env(), at::kCPU, Effect::kNone, *cancellation_of(call),
      [data, is_video, count, height, width, fps, config, options](const CancelPtr&) {
        // Only read: from_blob has no const form.
        const auto frames = at::from_blob(const_cast<uint8_t*>(data), {count, height, width, 3}, at::kByte);
        const auto patches = is_video ? preprocess_video(frames, config, options)
                                      : preprocess_image(frames.select(0, 0), config, options);
        const double seconds = is_video ? static_cast<double>(config.temporal_patch_size) / fps : 0;
        return make_clip({is_video, patches.grid, static_cast<float>(seconds)}, patches.pixels);
      },
      from_clip, {keep(call[1].As<Napi::Object>())});
}

VisionSpan to_span(const Napi::Value& value) {
  Fields fields(value, "span");
  VisionSpan span{};
  span.is_video = fields.choice("kind", {{"image", false}, {"video", true}}, true);
  auto grid = fields.object("grid");
  span.grid = {grid.integer("t", 1, kMaxInt), grid.integer("h", 1, kMaxInt), grid.integer("w", 1, kMaxInt)};
  grid.refuse_others();
  if (span.is_video) span.second_per_grid = static_cast<float>(fields.number("secondPerGrid"));
  fields.refuse_others();
  return span;
}

Napi::Value clip_from_patches(const Napi::CallbackInfo& call) {
  const auto pixels = to_float_view(call[1], "pixels");
  const auto span = to_span(call[2]);
  const auto* data = pixels.data;
  const auto size = static_cast<int64_t>(pixels.size);
  check_grid(span.grid, 1, "span.grid");
  const int64_t count = span.grid.patches();
  SRVAU_REQUIRE(size > 0 && size % count == 0, "Expected a multiple of ", count,
                " values, the patches of the grid, for pixels but received ", size);
  return start_task(
      call.Env(), at::kCPU, Effect::kNone, *cancellation_of(call),
      [data, size, count, span](const CancelPtr&) {
        const auto pixels = at::from_blob(const_cast<float*>(data), {count, size / count}, at::kFloat).clone();
        if (const auto at = first_not_finite(pixels, kMostPixelValue))
          fail(ErrorCode::kInvalidArgument, "Expected finite numbers of at most ", kMostPixelValue, " in size for pixels[",
               *at, "] but received ", pixels.const_data_ptr<float>()[*at]);
        return make_clip(span, pixels);
      },
      from_clip, {keep(call[1].As<Napi::Object>())});
}

Napi::Value read_clips(const Napi::CallbackInfo& call) {
  const auto file = to_name(call[1], "file");
  return start_task(
      call.Env(), at::kCPU, Effect::kNone, *cancellation_of(call),
      [file](const CancelPtr&) { return clips_of_file(file); },
      [](Napi::Env env, const FileClips& clips) -> Napi::Value {
        auto result = Napi::Object::New(env);
        result["images"] = from_clips(env, clips.images);
        result["videos"] = from_clips(env, clips.videos);
        return result;
      });
}

}  // namespace

void export_vision(Napi::Object exports) {
  export_function<read_preprocessing>(exports, "readPreprocessing");
  export_function<preprocess>(exports, "preprocess");
  export_function<clip_from_patches>(exports, "clipFromPatches");
  export_function<read_clips>(exports, "readClips");
}

}  // namespace srvau::binding
