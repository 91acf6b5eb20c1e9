#include "ops/cpu/kernels.h"

#include <ATen/Version.h>

#include <string>

namespace srvau::cpu {

#define SRVAU_DECLARE_ISA(isa) \
  namespace isa {              \
  extern const Kernels table;  \
  }
SRVAU_DECLARE_ISA(DEFAULT)
#ifdef SRVAU_HAVE_X86_ISAS
SRVAU_DECLARE_ISA(AVX2)
SRVAU_DECLARE_ISA(AVX512)
#endif

const Kernels& kernels() {
  static const Kernels& chosen = []() -> const Kernels& {
#ifdef SRVAU_HAVE_X86_ISAS
    // libtorch's own choice, which ATEN_CPU_CAPABILITY may lower.
    const std::string capability = at::get_cpu_capability();
    if (capability == "AVX512") return AVX512::table;
    if (capability == "AVX2") return AVX2::table;
#endif
    return DEFAULT::table;
  }();
  return chosen;
}

}  // namespace srvau::cpu
