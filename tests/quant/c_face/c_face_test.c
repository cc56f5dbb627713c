/* The device's face as a C program sees it: built by a C compiler, without the C++ library. Prints
 * the line of the first check that fails and ends with 1. */
#include <stdio.h>

#include "quant/device/demd_device.h"

#define CHECK(condition)                                      \
  do {                                                        \
    if (!(condition)) {                                       \
      printf("line %d: expected %s\n", __LINE__, #condition); \
      return 1;                                               \
    }                                                         \
  } while (0)

/* Outputs that can be told in advance: output o has the bias o and no other weight. */
static demd_weights BiasesOnly(void) {
  demd_weights weights = {{{0}}, {0}, {{0}}, {0}};
  int o;
  for (o = 0; o < 16; ++o) weights.dense_bias[o] = (int8_t)o;
  return weights;
}

static int CheckEncoders(void) {
  const demd_weights weights = BiasesOnly();
  uint32_t charges[48];
  uint16_t codes[16];
  int i;
  for (i = 0; i < 48; ++i) charges[i] = (uint32_t)i;
  CHECK(demd_encode_econt(&weights, charges, codes) == 47 * 48 / 2);
  for (i = 0; i < 16; ++i) CHECK(codes[i] == 8 * i); /* 5 to 8 fraction bits */
  CHECK(demd_encode_paper5(&weights, charges, codes) == 47 * 48 / 2);
  for (i = 0; i < 16; ++i) CHECK(codes[i] == (32 * i < 511 ? 32 * i : 511)); /* 3 to 8 */
  CHECK(demd_encode_paper6(&weights, charges, codes) == 47 * 48 / 2);
  for (i = 0; i < 16; ++i) CHECK(codes[i] == 16 * i); /* 4 to 8 */
  return 0;
}

static int CheckFrames(void) {
  demd_frame_layout layout;
  demd_frame_content content;
  uint16_t mask[16] = {0};
  uint16_t codes[16];
  uint32_t words[5];
  int i;
  CHECK(demd_make_top_bits_layout(1, &layout) == DEMD_BAD_ELINKS);
  CHECK(demd_make_frame_layout(mask, 6, &layout) == DEMD_BAD_ELINKS);
  mask[3] = 0x200;
  CHECK(demd_make_frame_layout(mask, 5, &layout) == DEMD_BAD_MASK);
  for (i = 0; i < 16; ++i) mask[i] = 0x1FF;
  CHECK(demd_make_frame_layout(mask, 4, &layout) == DEMD_TOO_MANY_KEPT_BITS);
  CHECK(demd_make_top_bits_layout(4, &layout) == DEMD_OK);
  for (i = 0; i < 16; ++i) codes[i] = (uint16_t)(33 * i);
  demd_pack_frame(&layout, 37, 1000, codes, words);
  CHECK(demd_unpack_frame(&layout, words, &content) == DEMD_OK);
  CHECK(content.bunch_crossing == 5);
  CHECK(content.sum_code == (6 << 4 | 15)); /* 1000 = 1.1111... x 2^9 */
  for (i = 0; i < 16; ++i) CHECK(content.codes[i] == (codes[i] & 0x1FC));
  words[3] |= 1;
  CHECK(demd_unpack_frame(&layout, words, &content) == DEMD_BAD_PADDING);
  return 0;
}

static int CheckRegistersAndLinks(void) {
  static demd_registers registers;
  demd_weights weights;
  uint8_t links[48];
  uint16_t multipliers[48];
  uint32_t charges[48];
  uint32_t crc;
  int i;
  registers.words[0][0] = 0x3F; /* the first six bits: -1 */
  demd_load_registers(&registers, &weights);
  CHECK(weights.conv_kernel[0][0] == -1);
  CHECK(weights.conv_kernel[0][1] == 0);
  crc = demd_weights_crc32(&weights);
  registers.words[11][133] = 0x80; /* the last bit: the sign of the last bias */
  demd_load_registers(&registers, &weights);
  CHECK(weights.dense_bias[15] == -32);
  CHECK(demd_weights_crc32(&weights) != crc);
  for (i = 0; i < 48; ++i) {
    links[i] = (uint8_t)i;
    multipliers[i] = 1024; /* one half */
  }
  demd_calibrate_links(links, multipliers, charges);
  CHECK(charges[7] == 3);
  CHECK(charges[47] == (8u + 7u) * 16 / 2); /* exponent 5, mantissa 7 */
  return 0;
}

int main(void) { return CheckEncoders() || CheckFrames() || CheckRegistersAndLinks(); }
