#include "distributed/buckets.h"

namespace srvau {
namespace {

bool is_flat_already(const Bucket& bucket) {
  return bucket.members.size() == 1 && bucket.members.front().is_contiguous();
}

}  // namespace

at::Tensor Bucket::flat(bool with_values) const {
  if (is_flat_already(*this)) return members.front().view(-1);
  int64_t size = 0;
  for (const auto& tensor : members) size += tensor.numel();
  if (!with_values) return at::empty({size}, members.front().options());
  std::vector<at::Tensor> rows;
  for (const auto& tensor : members) rows.push_back(tensor.reshape(-1));
  return at::cat(rows);
}

void Bucket::unpack(const at::Tensor& flat) const {
  if (is_flat_already(*this)) return;
  int64_t offset = 0;
  for (const auto& tensor : members) {
    tensor.copy_(flat.narrow(0, offset, tensor.numel()).view(tensor.sizes()));
    offset += tensor.numel();
  }
}

std::vector<Bucket> plan_buckets(const std::vector<at::Tensor>& tensors, int64_t max_bytes) {
  std::vector<Bucket> buckets;
  int64_t bytes = 0;
  for (const auto& tensor : tensors) {
    if (tensor.numel() == 0) continue;
    const auto more = static_cast<int64_t>(tensor.nbytes());
    const bool fits = !buckets.empty() && bytes + more <= max_bytes &&
                      buckets.back().members.front().scalar_type() == tensor.scalar_type();
    if (!fits) {
      buckets.emplace_back();
      bytes = 0;
    }
    buckets.back().members.push_back(tensor);
    bytes += more;
  }
  return buckets;
}

}  // namespace srvau
