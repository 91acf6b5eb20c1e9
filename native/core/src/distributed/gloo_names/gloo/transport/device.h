#pragma once

namespace gloo::transport {

class Device;

/** Complete only because c10d's works delete one: in libtorch, which knows what it is. */
class UnboundBuffer {
 public:
  virtual ~UnboundBuffer() = default;
};

}  // namespace gloo::transport
