#ifndef DEMD_MODELS_REPORT_WAFER_PICTURE_H_
#define DEMD_MODELS_REPORT_WAFER_PICTURE_H_

#include <vector>

#include "models/plots/svg.h"
#include "models/wafer.h"

namespace demd {

/// Outlines of the 48 trigger cells in cell pitches, counter-clockwise, in the coordinates of
/// HexagonCentres() (y upwards). A trigger cell is the sum of 2 x 2 hexagonal sensor cells of one
/// cell pitch, and has their outline: 14 corners. Together they tile the wafer without gaps.
std::vector<std::vector<Point2>> TriggerCellOutlines();

/// Height of a picture of width 1.
double WaferPictureAspect();

/// A wafer seen as the hexagon it is.
/// values: [48], fractions of the wafer's charge;  white is 0, the darkest colour `largest`, and
/// the scale between them goes with the square root, so that the halo of a shower shows beside its
/// core.  corner: upper left;  width: pixels.
void DrawWafer(Svg* svg, Point2 corner, double width, const std::vector<double>& values,
               double largest);

/// The colour scale of DrawWafer as an upright strip with percentages.
void DrawWaferScale(Svg* svg, Point2 corner, double height, double largest);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_WAFER_PICTURE_H_
