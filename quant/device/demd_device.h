/* The encoder for C programs and firmware. See encoder.h, frame.h and registers.h for every detail.
 * Freestanding: no heap, no floating point, no C library, no static constructors; re-entrant. */
#ifndef DEMD_QUANT_DEVICE_DEMD_DEVICE_H_
#define DEMD_QUANT_DEVICE_DEMD_DEVICE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0 is success, the others name what was found wrong. */
enum demd_status {
  DEMD_OK = 0,
  DEMD_BAD_ELINKS = 1,         /* expected 2 to 5 */
  DEMD_BAD_MASK = 2,           /* a mask has bits above the 9 of a code */
  DEMD_TOO_MANY_KEPT_BITS = 3, /* the mask keeps more bits than the frame has room for */
  DEMD_BAD_PADDING = 4         /* not a frame of this layout */
};

/* The parameters as integers of the weight format, in the order of the ASIC's registers. */
typedef struct demd_weights {
  int8_t conv_kernel[9][8]; /* tap = 3 * kernel row + kernel column; filter */
  int8_t conv_bias[8];
  int8_t dense_kernel[128][16]; /* 8 * (4 * row + column) + filter; output */
  int8_t dense_bias[16];
} demd_weights;

/* The ASIC's 12 weight registers of 1,072 bits: bit b of a word is bit b % 8 of byte b / 8. */
typedef struct demd_registers {
  uint8_t words[12][134];
} demd_registers;

/* A keep mask made ready by demd_make_frame_layout: set up once, checked there. */
typedef struct demd_frame_layout {
  uint8_t n_elinks;
  uint8_t runs_only;      /* 1: the bits that an output keeps are side by side, of every output */
  uint8_t n_kept[16];     /* bits kept of each output */
  uint8_t lowest[16];     /* the lowest of them */
  uint16_t of_output[16]; /* the mask: bit 8 for the most significant bit of a code */
} demd_frame_layout;

/* What a frame carries. */
typedef struct demd_frame_content {
  uint8_t bunch_crossing; /* 5 bits */
  uint16_t sum_code;      /* 5E4M */
  uint16_t codes[16];     /* 9 bits, those that were not sent are zero */
} demd_frame_content;

/* One wafer: 48 charges, each < 2^22, to 16 codes. Returns the sum of the charges. */
uint32_t demd_encode_econt(const demd_weights* weights, const uint32_t* charges, uint16_t* codes);
uint32_t demd_encode_paper5(const demd_weights* weights, const uint32_t* charges, uint16_t* codes);
uint32_t demd_encode_paper6(const demd_weights* weights, const uint32_t* charges, uint16_t* codes);

/* 48 link words (7-bit 4E3M) and calibration multipliers (12 bits, 2048 = 1) to 48 charges. */
void demd_calibrate_links(const uint8_t* link_words, const uint16_t* multipliers,
                          uint32_t* charges);

/* Register words to weights, and the CRC-32 of weights: compare it with the exporter's. */
void demd_load_registers(const demd_registers* registers, demd_weights* weights);
uint32_t demd_weights_crc32(const demd_weights* weights);

/* Keep mask (16 x 9 bits) and number of eLinks to a layout; set up once. */
enum demd_status demd_make_frame_layout(const uint16_t* keep_mask, int32_t n_elinks,
                                        demd_frame_layout* layout);
/* The usual layout: the top 3, 5, 7, 9 bits of each output for 2, 3, 4, 5 eLinks. */
enum demd_status demd_make_top_bits_layout(int32_t n_elinks, demd_frame_layout* layout);

/* A frame of n_elinks words, and what a frame carries. */
void demd_pack_frame(const demd_frame_layout* layout, uint32_t bunch_crossing, uint32_t sum,
                     const uint16_t* codes, uint32_t* words);
enum demd_status demd_unpack_frame(const demd_frame_layout* layout, const uint32_t* words,
                                   demd_frame_content* content);

#ifdef __cplusplus
}
#endif

#endif /* DEMD_QUANT_DEVICE_DEMD_DEVICE_H_ */
