#include "models/report/report_page.h"

namespace demd {
namespace {

constexpr char kStyle[] = R"(
  body { font: 16px/1.5 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans',
         sans-serif; color: #1a1a1a; background: #fff; max-width: 1040px; margin: 0 auto;
         padding: 28px 24px 60px; }
  h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; }
  h2 { font-size: 21px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid #c8c8c8; }
  .headline { font-size: 18px; margin: 14px 0 20px; padding: 12px 16px; background: #f2f6fa;
              border-left: 5px solid #0072B2; }
  dl { display: flex; flex-wrap: wrap; gap: 8px 26px; margin: 12px 0; }
  dl div { min-width: 60px; }
  dt { font-size: 13px; color: #5a5a5a; }
  dd { margin: 0; overflow-wrap: anywhere; }
  table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums;
          margin: 8px 0; }
  th, td { padding: 5px 11px; text-align: right; vertical-align: middle; }
  thead th { font-weight: 600; font-size: 13.5px; line-height: 1.25; vertical-align: bottom;
             border-bottom: 2px solid #1a1a1a; }
  thead th:first-child, th.method { text-align: left; }
  td { white-space: nowrap; }
  tbody tr { border-bottom: 1px solid #e3e3e3; }
  th.method { font-weight: 400; padding-left: 55px; text-indent: -45px; max-width: 230px;
             line-height: 1.3; }
  th.method svg { vertical-align: middle; margin-right: 5px; }
  tr.best td, tr.best th.method { font-weight: 700; }
  tr.divider td { white-space: normal; text-align: left; font-size: 13.5px; color: #5a5a5a; padding-top: 14px;
                  border-bottom: 1px solid #8c8c8c; }
  td.range { padding: 0 6px; } td.range svg { display: block; }
  td.alarm { color: #fff; background: #b30000; font-weight: 700; }
  table.differences { font-size: 14px; } table.differences td { padding: 4px 5px; line-height: 1.2;
          text-align: center; border: 1px solid #fff; white-space: nowrap; }
  table.differences thead th { text-align: center; padding: 4px 5px; }
  table.differences th.method { min-width: 92px; }
  table.differences small { font-size: 11.5px; }
  table.differences thead th:first-child { text-align: left; font-weight: 400; }
  td.sure.better { background: #a9cfe6; } td.likely.better { background: #dcebf5; }
  td.sure.worse { background: #f6cfa6; } td.likely.worse { background: #fbe9d6; }
  td.unsure { background: #f2f2f2; } td.same { background: #d9d9d9; }
  small { font-size: 12px; }
  figure { margin: 16px 0 8px; }
  figure > svg { display: block; width: 100%; height: auto; }
  figcaption, p.note { font-size: 14.5px; line-height: 1.45; color: #3a3a3a; max-width: 900px;
                       margin: 10px 0 0; }
  @media print { body { max-width: none; padding: 0; font-size: 11pt; }
    .figure, table, .headline { break-inside: avoid; } h2 { break-after: avoid; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

}  // namespace

std::string Paragraph(const std::string& css_class, const std::string& text) {
  return "<p class=\"" + css_class + "\">" + EscapeXml(text) + "</p>\n";
}

std::string Section(const std::string& name, const std::string& title, const std::string& body) {
  return "<section class=\"figure\" id=\"" + EscapeXml(name) + "\">\n<h2>" + EscapeXml(title) +
         "</h2>\n" + body + "</section>\n";
}

std::string FigureSection(const Figure& figure) {
  return Section(figure.name, figure.title,
                 "<figure>\n" + figure.svg + "<figcaption>" + EscapeXml(figure.caption) +
                     "</figcaption>\n</figure>\n");
}

std::string ReportPage(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
         "<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         EscapeXml(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

}  // namespace demd
