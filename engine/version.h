#ifndef DEMD_ENGINE_VERSION_H_
#define DEMD_ENGINE_VERSION_H_

#include <string>

namespace demd {

/// Version of the project, for example "0.1.0".
std::string Version();

/// Git revision the build was configured from, twelve digits; "unknown" outside of a repository.
std::string GitRevision();

/// Both: "0.1.0 (git 0123456789ab)".
std::string VersionText();

}  // namespace demd

#endif  // DEMD_ENGINE_VERSION_H_
