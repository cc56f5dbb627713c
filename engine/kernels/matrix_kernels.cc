// Compiled once per instruction set, with DEMD_VARIANT naming the variant's namespace. Everything
// but the table has internal linkage, and no inline function of another header is used: a shared
// definition compiled here for a newer machine must never be the one the linker keeps.

#include "engine/kernels/matrix_kernels.h"

#include "engine/kernels/lanes.h"

namespace demd {
namespace {

// A block of c that stays in registers has kRows rows of kVectors vectors: as many as the registers
// hold beside the operands, and enough independent sums to hide the latency of the multiply-add.
#if defined(__AVX512F__)
constexpr int kVectors = 2;
constexpr int kRows = 8;
#elif defined(__AVX2__)
constexpr int kVectors = 2;
constexpr int kRows = 6;
#elif defined(__aarch64__)
constexpr int kVectors = 4;
constexpr int kRows = 6;
#else
constexpr int kVectors = 2;
constexpr int kRows = 4;
#endif
// Rows of a block one vector wide.
constexpr int kTallRows = 12;

// kCount vectors of kLanes columns; the last one ends after `last` lanes when kPartial.
template <int kLanes_, int kCount_, bool kPartial_>
struct Columns {
  static constexpr int kLanes = kLanes_;
  static constexpr int kCount = kCount_;
  static constexpr bool kPartial = kPartial_;
  using Vector = Lanes<kLanes>;

  int64_t last;

  Vector LoadAt(const float* p, int v) const {
    if (kPartial && v == kCount - 1) return LoadFirst<kLanes>(p + v * kLanes, last);
    return Load<kLanes>(p + v * kLanes);
  }
  void StoreAt(float* p, int v, Vector x) const {
    if (kPartial && v == kCount - 1) {
      StoreFirst<kLanes>(p + v * kLanes, x, last);
    } else {
      Store<kLanes>(p + v * kLanes, x);
    }
  }
};

// Cuts n columns into blocks of as many vectors as fit, and calls run(first column, Columns).
template <typename Run>
void ForEachColumnBlock(int64_t n, Run run) {
  int64_t n0 = 0;
  for (; n - n0 >= kWidest * kVectors; n0 += kWidest * kVectors) {
    run(n0, Columns<kWidest, kVectors, false>{0});
  }
  for (; n - n0 >= kWidest; n0 += kWidest) run(n0, Columns<kWidest, 1, false>{0});
  for (; n - n0 >= kNarrowest; n0 += kNarrowest) run(n0, Columns<kNarrowest, 1, false>{0});
  if (n0 < n) run(n0, Columns<kNarrowest, 1, true>{n - n0});
}

template <int kM, typename Columns>
void RowsTimesMatrixBlock(const RowsTimesMatrix& job, int64_t m0, int64_t n0, Columns columns) {
  using Vector = typename Columns::Vector;
  constexpr int kLanes = Columns::kLanes;
  constexpr int kN = Columns::kCount;
  Vector sum[kM][kN];
  for (int v = 0; v < kN; ++v) {
    const Vector start = job.bias != nullptr ? columns.LoadAt(job.bias + n0, v) : Vector{};
    for (int i = 0; i < kM; ++i) sum[i][v] = start;
  }
  const int64_t stride = job.a_stride;
  const int64_t n = job.n;
  for (int64_t s = 0; s < job.n_segments; ++s) {
    const Segment segment = job.segments[s];
    const float* a = job.a + m0 * stride + segment.a_offset;  // [kM][length]
    const float* b = job.b + segment.b_row * n + n0;          // [length][columns]
    for (int64_t k = 0; k < segment.length; ++k, ++a, b += n) {
      Vector b_k[kN];
      for (int v = 0; v < kN; ++v) b_k[v] = columns.LoadAt(b, v);
      for (int i = 0; i < kM; ++i) {
        const Vector a_k = Splat<kLanes>(a[i * stride]);
        for (int v = 0; v < kN; ++v) sum[i][v] = MultiplyAdd(a_k, b_k[v], sum[i][v]);
      }
    }
  }
  for (int i = 0; i < kM; ++i) {
    float* c = job.c + (m0 + i) * job.c_stride + n0;
    for (int v = 0; v < kN; ++v) {
      columns.StoreAt(c, v, job.accumulate ? columns.LoadAt(c, v) + sum[i][v] : sum[i][v]);
    }
  }
}

void RunRowsTimesMatrix(const RowsTimesMatrix& job) {
  ForEachColumnBlock(job.n, [&job](int64_t n0, auto columns) {
    constexpr int kTall = decltype(columns)::kCount == 1 ? kTallRows : kRows;
    int64_t m = 0;
    for (; m + kTall <= job.m; m += kTall) RowsTimesMatrixBlock<kTall>(job, m, n0, columns);
    for (; m + 4 <= job.m; m += 4) RowsTimesMatrixBlock<4>(job, m, n0, columns);
    for (; m < job.m; ++m) RowsTimesMatrixBlock<1>(job, m, n0, columns);
  });
}

template <int kK, typename Columns>
void OuterProductsBlock(const OuterProducts& job, int64_t k0, int64_t n0, Columns columns) {
  using Vector = typename Columns::Vector;
  constexpr int kN = Columns::kCount;
  Vector sum[kK][kN];
  for (int i = 0; i < kK; ++i) {
    const float* c = job.c + (k0 + i) * job.c_stride + n0;
    for (int v = 0; v < kN; ++v) sum[i][v] = job.accumulate ? columns.LoadAt(c, v) : Vector{};
  }
  const auto add = [&](const float* a, const float* b) {  // a: [kK], b: [columns]
    Vector b_p[kN];
    for (int v = 0; v < kN; ++v) b_p[v] = columns.LoadAt(b, v);
    for (int i = 0; i < kK; ++i) {
      const Vector a_i = Splat<Columns::kLanes>(a[i]);
      for (int v = 0; v < kN; ++v) sum[i][v] = MultiplyAdd(a_i, b_p[v], sum[i][v]);
    }
  };
  const float* a = job.a + k0;
  const float* b = job.b + n0;
  if (job.n_pairs == 1) {
    a += job.pairs[0].a_offset;
    b += job.pairs[0].b_offset;
    for (int64_t r = 0; r < job.rows; ++r, a += job.a_stride, b += job.b_stride) add(a, b);
  } else {
    for (int64_t r = 0; r < job.rows; ++r, a += job.a_stride, b += job.b_stride) {
      for (int64_t p = 0; p < job.n_pairs; ++p) {
        add(a + job.pairs[p].a_offset, b + job.pairs[p].b_offset);
      }
    }
  }
  for (int i = 0; i < kK; ++i) {
    float* c = job.c + (k0 + i) * job.c_stride + n0;
    for (int v = 0; v < kN; ++v) columns.StoreAt(c, v, sum[i][v]);
  }
}

void RunOuterProducts(const OuterProducts& job) {
  ForEachColumnBlock(job.n, [&job](int64_t n0, auto columns) {
    constexpr int kTall = kWidest == 8 && decltype(columns)::kCount > 1 ? 4 : 8;
    int64_t k = 0;
    for (; k + kTall <= job.k; k += kTall) OuterProductsBlock<kTall>(job, k, n0, columns);
    if (kTall == 8 && k + 6 <= job.k) {
      OuterProductsBlock<6>(job, k, n0, columns);  // the EMD CNN's first layer
      k += 6;
    }
    for (; k + 2 <= job.k; k += 2) OuterProductsBlock<2>(job, k, n0, columns);
    for (; k < job.k; ++k) OuterProductsBlock<1>(job, k, n0, columns);
  });
}

float RunMultiplyAdds(int64_t steps, float x) {
  const Lanes<kWidest> factor = Splat<kWidest>(x);
  Lanes<kWidest> sum[kPeakMultiplyAdds];
  for (int i = 0; i < kPeakMultiplyAdds; ++i) sum[i] = Splat<kWidest>(static_cast<float>(i));
  for (int64_t step = 0; step < steps; ++step) {
    for (int i = 0; i < kPeakMultiplyAdds; ++i) sum[i] = MultiplyAdd(sum[i], factor, factor);
  }
  float total = 0.0f;
  for (int i = 0; i < kPeakMultiplyAdds; ++i) total += sum[i][0];
  return total;
}

}  // namespace

namespace DEMD_VARIANT {

#define DEMD_TEXT_OF_ARGUMENT(x) #x
#define DEMD_TEXT(x) DEMD_TEXT_OF_ARGUMENT(x)

extern const VectorKernels kVectorKernels;
extern const ToeplitzKernels kToeplitzKernels;
extern const MatrixKernels kMatrixKernels;
const MatrixKernels kMatrixKernels = {
    DEMD_TEXT(DEMD_VARIANT), RunRowsTimesMatrix, RunOuterProducts, &kVectorKernels,
    &kToeplitzKernels,       RunMultiplyAdds,    kWidest};

}  // namespace DEMD_VARIANT
}  // namespace demd
