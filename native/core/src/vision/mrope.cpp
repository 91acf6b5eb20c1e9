#include "vision/mrope.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace srvau {
namespace {

constexpr const char* kName457 = "transformers-4.57";
constexpr const char* kName518 = "transformers-5.18";

std::string describe(const VisionSpan& span, size_t index) {
  return c10::str("vision span ", index, " (", span.is_video ? "video" : "image", ", grid ", span.grid, ")");
}

/**
 * Temporal position of a span's temporal patch, counted from the start of the span. Arithmetic is in single precision
 * where torch's is: a float position a hair below an integer is cut to the integer before it, and ours has to be cut
 * too.
 */
class Clock {
 public:
  Clock(const VisionSpan& span, double tokens_per_second, MropeVariant variant, const std::string& what) {
    if (variant == MropeVariant::kTransformers518) {
      interval_ = span.is_video ? static_cast<float>(tokens_per_second) * span.second_per_grid : 1.0F;
    } else {
      seconds_ = span.is_video ? static_cast<int64_t>(span.second_per_grid) : 0;
      interval_ = static_cast<float>(tokens_per_second);
    }
    const double last =
        static_cast<double>(span.grid.t) * static_cast<double>(seconds_) * static_cast<double>(interval_);
    // Up to here single precision counts every integer, so it does not matter whether a product was one of integers.
    SRVAU_REQUIRE(last < 0x1p24, what, ": expected temporal positions below 2^24, received ", last);
  }

  int64_t at(int64_t patch) const { return static_cast<int64_t>(static_cast<float>(patch * seconds_) * interval_); }

 private:
  int64_t seconds_ = 1;
  float interval_;
};

void check_span(const VisionSpan& span, int64_t merge, const std::string& what) {
  check_grid(span.grid, merge, what);
  constexpr float kMostSeconds = 1 << 20;
  SRVAU_REQUIRE(!span.is_video || (span.second_per_grid >= 0 && span.second_per_grid <= kMostSeconds), what,
                ": expected second_per_grid from 0 to ", kMostSeconds, ", received ", span.second_per_grid);
}

}  // namespace

MropeVariant parse_mrope_variant(std::string_view name) {
  if (name == kName457) return MropeVariant::kTransformers457;
  if (name == kName518) return MropeVariant::kTransformers518;
  fail(ErrorCode::kInvalidArgument, "mrope: expected \"", kName457, "\" or \"", kName518, "\", received \"", name,
       "\"");
}

const char* name_of(MropeVariant variant) { return variant == MropeVariant::kTransformers457 ? kName457 : kName518; }

MropePositions mrope_positions(const std::vector<int64_t>& ids, const std::vector<VisionSpan>& spans,
                               const ModelConfig& config, MropeVariant variant) {
  const auto length = static_cast<int64_t>(ids.size());
  const int64_t merge = config.vision.spatial_merge_size;
  MropePositions result{at::empty({3, length}, at::kLong), 0};
  int64_t* const temporal = result.positions.mutable_data_ptr<int64_t>();
  int64_t* const height = temporal + length;
  int64_t* const width = height + length;

  size_t used = 0;       // spans
  int64_t position = 0;  // of the next text token or span
  int64_t i = 0;
  while (i < length) {
    const int64_t id = ids[static_cast<size_t>(i)];
    if (id != config.image_token_id && id != config.video_token_id) {
      temporal[i] = height[i] = width[i] = position++;
      ++i;
      continue;
    }

    const auto first = ids.begin() + i;
    const auto run = std::find_if(first, ids.end(), [id](int64_t other) { return other != id; }) - first;
    const bool is_video = id == config.video_token_id;
    const char* const kind = is_video ? "video" : "image";
    SRVAU_REQUIRE(used < spans.size(), "vision spans: expected one for each run of pad tokens, received ", spans.size(),
                  ", none for the ", run, " ", kind, " pad tokens from token ", i, " on");
    const VisionSpan& span = spans[used];
    const std::string what = describe(span, used);
    check_span(span, merge, what);
    SRVAU_REQUIRE(span.is_video == is_video, what, ": expected ", span.is_video ? "video" : "image",
                  " pad tokens in its place, received ", kind, " pad tokens from token ", i, " on");
    const int64_t tokens = span.grid.tokens(merge);
    SRVAU_REQUIRE(run == tokens, what, ": expected ", tokens, " ", kind, " pad tokens from token ", i, " on, received ",
                  run);
    SRVAU_REQUIRE(variant != MropeVariant::kTransformers457 || (i > 0 && *(first - 1) == config.vision_start_token_id),
                  what, ": expected the vision start token ", config.vision_start_token_id,
                  " before its pad tokens at token ", i);

    const Clock clock(span, config.vision.tokens_per_second, variant, what);
    const int64_t rows = span.grid.h / merge;
    const int64_t columns = span.grid.w / merge;
    for (int64_t t = 0; t < span.grid.t; ++t) {
      const int64_t time = position + clock.at(t);
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t column = 0; column < columns; ++column, ++i) {
          temporal[i] = time;
          height[i] = position + row;
          width[i] = position + column;
        }
      }
    }
    const int64_t highest = position + std::max({clock.at(span.grid.t - 1), rows - 1, columns - 1});
    position = variant == MropeVariant::kTransformers457 ? highest + 1 : position + std::max(rows, columns);
    ++used;
  }
  SRVAU_REQUIRE(used == spans.size(), "token ids: expected ", spans.size(),
                " runs of pad tokens, one for each vision span, received ", used);
  result.next = position;
  return result;
}

}  // namespace srvau
