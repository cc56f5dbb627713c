#include "models/report/report_figures.h"

#include <iterator>
#include <utility>

namespace demd {
namespace {

void AppendAll(std::vector<Figure> figures, std::vector<Figure>* all) {
  std::move(figures.begin(), figures.end(), std::back_inserter(*all));
}

}  // namespace

std::vector<Figure> ReportFigures(const RunResults& results,
                                  const std::vector<ReportMethod>& methods) {
  std::vector<Figure> figures;
  if (!methods.empty() && !results.held_out.empty()) {
    AppendAll(WaferFigures(results, methods), &figures);
    figures.push_back(DistributionFigure(methods));
    AppendAll(OccupancyFigures(results, methods), &figures);
    AppendAll(EtaFigures(results, methods), &figures);
    AppendAll(LayerFigures(results, methods), &figures);
    AppendAll(ShowerEnergyFigures(results, methods), &figures);
  }
  AppendAll(EmdCnnFigures(results), &figures);
  AppendAll(TrainingFigures(results, methods), &figures);
  return figures;
}

}  // namespace demd
