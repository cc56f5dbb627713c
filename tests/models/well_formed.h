#ifndef DEMD_TESTS_MODELS_WELL_FORMED_H_
#define DEMD_TESTS_MODELS_WELL_FORMED_H_

#include <string>
#include <string_view>

namespace demd {

/// What keeps a text from being well-formed XML, as "byte 17: ..."; empty if nothing does. Knows
/// elements, attributes in double quotes, the five predefined entities and one DOCTYPE: what
/// reports are made of.
std::string XmlFault(std::string_view text);

}  // namespace demd

#endif  // DEMD_TESTS_MODELS_WELL_FORMED_H_
