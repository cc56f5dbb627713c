#ifndef DEMD_MODELS_REPORT_REPORT_PAGE_H_
#define DEMD_MODELS_REPORT_REPORT_PAGE_H_

#include <string>

#include "models/report/report_figures.h"

namespace demd {

// What reports as HTML pages are made of. Texts are escaped here, `body` is XHTML.

/// A page that needs no other file.
std::string ReportPage(const std::string& title, const std::string& body);

/// A part with a heading that starts on a line of its own; `name` is its anchor.
std::string Section(const std::string& name, const std::string& title, const std::string& body);
std::string FigureSection(const Figure& figure);

/// css_class: "note", "headline"
std::string Paragraph(const std::string& css_class, const std::string& text);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_REPORT_PAGE_H_
