#include <core.p4>
const bool a = static_assert(1 + 1 == 2);
const bool b = static_assert(8w255 + 1 == 1, "bytes wrap");
