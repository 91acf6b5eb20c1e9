#include "base/finite.h"

#include "base/testing.h"

using srvau::first_not_finite;

TEST(the_first_value_that_is_not_finite_is_found) {
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kDouble}) {
    for (const double bad : {double{NAN}, double{INFINITY}, -double{INFINITY}}) {
      const auto values = at::arange(60, at::kFloat).to(dtype).view({5, 12});
      EXPECT(!first_not_finite(values));
      values[3][4] = bad;
      values[4][0] = bad;
      EXPECT_EQ(first_not_finite(values).value_or(-1), 40);
      EXPECT_EQ(first_not_finite(values.t()).value_or(-1), 4);  // row by row of what it is given
    }
  }
  EXPECT(!first_not_finite(at::empty({0})));
  EXPECT(!first_not_finite(at::tensor({1.F, -9.F}), 9));
  EXPECT_EQ(first_not_finite(at::tensor({1.F, -9.F}), 8).value_or(-1), 1);
}

SRVAU_TEST_MAIN()
