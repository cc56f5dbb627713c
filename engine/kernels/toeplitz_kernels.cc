// Compiled once per instruction set, like matrix_kernels.cc, whose remark on linkage holds here.

#include "engine/kernels/toeplitz_kernels.h"

#include <cstring>

#include "engine/kernels/lanes.h"

namespace demd {
namespace {

// A slot is 3 * outer + inner; each part takes the first of two, the second, or their difference.
enum Part { kFirst, kSecond, kDifference };

// Vector: Lanes<kWidest>, or float for the last channels.
template <typename Vector>
inline Vector LoadFrom(const float* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <typename Vector>
inline void StoreTo(float* p, Vector v) {
  std::memcpy(p, &v, sizeof v);
}

template <typename Vector, int kPart>
inline Vector Take(const float* first, const float* second) {
  if (kPart == kFirst) return LoadFrom<Vector>(first);
  if (kPart == kSecond) return LoadFrom<Vector>(second);
  return LoadFrom<Vector>(first) - LoadFrom<Vector>(second);
}

// A pixel of the row slot, from the pixels below each other at p: rows are `row` floats apart.
template <typename Vector, int kRowSlot>
inline Vector TakeRow(const float* p, int64_t row) {
  constexpr int kOuter = kRowSlot / 3, kInner = kRowSlot % 3;
  const float* lower = p + 2 * row;
  if (kOuter == kFirst) return Take<Vector, kInner>(p, p + row);
  if (kOuter == kSecond) return Take<Vector, kInner>(lower, lower + row);
  return Take<Vector, kInner>(p, p + row) - Take<Vector, kInner>(lower, lower + row);
}

template <typename Vector, int kRowSlot>
inline void ExpandChannels(const float* x, int64_t channels, int64_t slot, float* slots) {
  const int64_t row = 4 * channels;
  const Vector v0 = TakeRow<Vector, kRowSlot>(x, row);
  const Vector v1 = TakeRow<Vector, kRowSlot>(x + channels, row);
  const Vector v2 = TakeRow<Vector, kRowSlot>(x + 2 * channels, row);
  const Vector v3 = TakeRow<Vector, kRowSlot>(x + 3 * channels, row);
  const Vector d0 = v0 - v2, d1 = v1 - v3;
  StoreTo(slots, v0);
  StoreTo(slots + slot, v1);
  StoreTo(slots + 2 * slot, v0 - v1);
  StoreTo(slots + 3 * slot, v2);
  StoreTo(slots + 4 * slot, v3);
  StoreTo(slots + 5 * slot, v2 - v3);
  StoreTo(slots + 6 * slot, d0);
  StoreTo(slots + 7 * slot, d1);
  StoreTo(slots + 8 * slot, d0 - d1);
}

template <int kRowSlot>
void Expand(const float* x, int64_t images, int64_t channels, int64_t slot, float* slots) {
  for (int64_t i = 0; i < images; ++i, x += 16 * channels, slots += channels) {
    int64_t j = 0;
    for (; j + kWidest <= channels; j += kWidest) {
      ExpandChannels<Lanes<kWidest>, kRowSlot>(x + j, channels, slot, slots + j);
    }
    for (; j < channels; ++j) ExpandChannels<float, kRowSlot>(x + j, channels, slot, slots + j);
  }
}

// The adjoint of Take: adds what goes to the first and to the second.
template <typename Vector, int kPart>
inline void Give(Vector z, float* first, float* second) {
  if (kPart != kSecond) StoreTo(first, LoadFrom<Vector>(first) + z);
  if (kPart == kSecond) StoreTo(second, LoadFrom<Vector>(second) + z);
  if (kPart == kDifference) StoreTo(second, LoadFrom<Vector>(second) - z);
}

// Where the pixels of a row slot go: added to the rows of p, `row` floats apart.
template <int kRowSlot>
struct Adder {
  int64_t row;
  template <typename Vector>
  void Add(Vector z, float* p, const float*) const {
    constexpr int kOuter = kRowSlot / 3, kInner = kRowSlot % 3;
    float* lower = p + 2 * row;
    if (kOuter != kSecond) Give<Vector, kInner>(z, p, p + row);
    if (kOuter == kSecond) Give<Vector, kInner>(z, lower, lower + row);
    if (kOuter == kDifference) Give<Vector, kInner>(-z, lower, lower + row);
  }
};

// The same for a slot that goes to one row alone, as the first that it gets.
template <int kRowSlot>
struct Setter {
  int64_t row;
  template <typename Vector>
  void Add(Vector z, float* p, const float* start) const {
    constexpr int64_t kRow = 2 * (kRowSlot / 3) + kRowSlot % 3;
    StoreTo(p + kRow * row, LoadFrom<Vector>(start) + z);
  }
};

template <typename Vector, typename To>
inline void ContractChannels(const float* slots, int64_t channels, int64_t slot, const To& to,
                             const float* start, float* y) {
  const auto q = [=](int64_t i) { return LoadFrom<Vector>(slots + i * slot); };
  const Vector q2 = q(2), q5 = q(5), q8 = q(8);
  const Vector z0 = q(6) + q8;
  const Vector z1 = q(7) - q8;
  to.Add((q(0) + q2) + z0, y, start);
  to.Add((q(1) - q2) + z1, y + channels, start);
  to.Add((q(3) + q5) - z0, y + 2 * channels, start);
  to.Add((q(4) - q5) - z1, y + 3 * channels, start);
}

template <template <int> class To, int kRowSlot>
void Contract(const float* slots, int64_t images, int64_t channels, int64_t slot,
              const float* start, float* y) {
  const To<kRowSlot> to{4 * channels};
  for (int64_t i = 0; i < images; ++i, y += 16 * channels, slots += channels) {
    int64_t j = 0;
    for (; j + kWidest <= channels; j += kWidest) {
      ContractChannels<Lanes<kWidest>>(slots + j, channels, slot, to, start + j, y + j);
    }
    for (; j < channels; ++j) {
      ContractChannels<float>(slots + j, channels, slot, to, start + j, y + j);
    }
  }
}

void RunExpand(const float* x, int64_t images, int64_t channels, int64_t slot_stride, int row_slot,
               float* slots) {
  using Function = void (*)(const float*, int64_t, int64_t, int64_t, float*);
  static constexpr Function kExpand[9] = {Expand<0>, Expand<1>, Expand<2>, Expand<3>, Expand<4>,
                                          Expand<5>, Expand<6>, Expand<7>, Expand<8>};
  kExpand[row_slot](x, images, channels, slot_stride, slots);
}

using ContractFunction = void (*)(const float*, int64_t, int64_t, int64_t, const float*, float*);

void RunContract(const float* slots, int64_t images, int64_t channels, int64_t slot_stride,
                 int row_slot, float* y) {
  static constexpr ContractFunction kContract[9] = {
      Contract<Adder, 0>, Contract<Adder, 1>, Contract<Adder, 2>,
      Contract<Adder, 3>, Contract<Adder, 4>, Contract<Adder, 5>,
      Contract<Adder, 6>, Contract<Adder, 7>, Contract<Adder, 8>};
  kContract[row_slot](slots, images, channels, slot_stride, y, y);
}

void RunContractFirst(const float* slots, int64_t images, int64_t channels, int64_t slot_stride,
                      int row, const float* start, float* y) {
  static constexpr ContractFunction kContract[4] = {Contract<Setter, 0>, Contract<Setter, 1>,
                                                    Contract<Setter, 3>, Contract<Setter, 4>};
  kContract[row](slots, images, channels, slot_stride, start, y);
}

}  // namespace

namespace DEMD_VARIANT {

extern const ToeplitzKernels kToeplitzKernels;
const ToeplitzKernels kToeplitzKernels = {RunExpand, RunContract, RunContractFirst};

}  // namespace DEMD_VARIANT
}  // namespace demd
