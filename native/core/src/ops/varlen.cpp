#include "ops/varlen.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace srvau::ops {

Varlen::Varlen(const std::vector<Segment>& segments, int64_t tokens, at::Device device) {
  std::vector<size_t> by_row(segments.size());
  std::iota(by_row.begin(), by_row.end(), size_t{0});
  std::sort(by_row.begin(), by_row.end(), [&](size_t a, size_t b) { return segments[a].start < segments[b].start; });

  std::vector<int64_t> key_rows, own_keys(static_cast<size_t>(tokens));
  std::vector<int> query_offsets{0}, key_offsets{0};
  std::map<int64_t, std::vector<int64_t>> readers;  // of each prefix: where their copies of its keys begin
  const auto append = [&](const Segment& segment) {
    for (int64_t i = 0; i < segment.length; ++i) key_rows.push_back(segment.start + i);
  };
  for (const auto index : by_row) {
    const auto& segment = segments[index];
    int64_t keys = segment.length;
    if (segment.prefix >= 0) {
      readers[segment.prefix].push_back(static_cast<int64_t>(key_rows.size()));
      append(segments[static_cast<size_t>(segment.prefix)]);
      keys += segments[static_cast<size_t>(segment.prefix)].length;
    }
    for (int64_t i = 0; i < segment.length; ++i)
      own_keys[static_cast<size_t>(segment.start + i)] = static_cast<int64_t>(key_rows.size()) + i;
    append(segment);
    query_offsets.push_back(static_cast<int>(segment.start + segment.length));
    key_offsets.push_back(static_cast<int>(key_rows.size()));
    longest_queries_ = std::max(longest_queries_, segment.length);
    longest_keys_ = std::max(longest_keys_, keys);
  }
  query_offsets_ = at::tensor(query_offsets, at::kInt).to(device);
  key_offsets_ = at::tensor(key_offsets, at::kInt).to(device);
  if (readers.empty()) return;

  size_t most = 0;
  for (const auto& [prefix, copies] : readers) most = std::max(most, copies.size());
  std::vector<int64_t> prefix_rows;
  std::vector<std::vector<int64_t>> copies_of(most);  // of each row in prefix_rows; -1: none
  bool uneven = false;
  for (const auto& [prefix, copies] : readers) {
    const auto& segment = segments[static_cast<size_t>(prefix)];
    uneven = uneven || copies.size() < most;
    for (int64_t i = 0; i < segment.length; ++i) {
      prefix_rows.push_back(segment.start + i);
      for (size_t reader = 0; reader < most; ++reader)
        copies_of[reader].push_back(reader < copies.size() ? copies[reader] + i : -1);
    }
  }
  std::vector<int64_t> flat;
  for (const auto& copies : copies_of) flat.insert(flat.end(), copies.begin(), copies.end());
  const auto on_device = [&](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
  key_rows_ = on_device(key_rows);
  own_keys_ = on_device(own_keys);
  prefix_rows_ = on_device(prefix_rows);
  const auto reader_keys = on_device(flat);
  reader_keys_ = reader_keys.clamp_min(0);
  if (uneven)
    no_reader_ = reader_keys.lt(0).view({static_cast<int64_t>(most), static_cast<int64_t>(prefix_rows.size()), 1, 1});
}

at::Tensor Varlen::gather(const at::Tensor& x) const { return key_rows_.defined() ? x.index_select(0, key_rows_) : x; }

at::Tensor Varlen::reduce(const at::Tensor& grad) const {
  if (!key_rows_.defined()) return grad;
  auto own = grad.index_select(0, own_keys_);  // (T, kv_heads, head_dim)
  auto copies = grad.index_select(0, reader_keys_).view({-1, prefix_rows_.size(0), grad.size(1), grad.size(2)});
  if (no_reader_.defined()) copies.masked_fill_(no_reader_, 0);
  // One sum in a fixed order: adding copy by copy with atomics would differ from run to run.
  const auto sum = copies.sum(0, /*keepdim=*/false, at::kFloat) + own.index_select(0, prefix_rows_);
  return own.index_copy_(0, prefix_rows_, sum.to(grad.scalar_type()));
}

}  // namespace srvau::ops
