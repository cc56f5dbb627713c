#include "engine/version.h"

namespace demd {

std::string Version() { return DEMD_VERSION; }

std::string GitRevision() { return DEMD_GIT_REVISION; }

std::string VersionText() { return Version() + " (git " + GitRevision() + ")"; }

}  // namespace demd
