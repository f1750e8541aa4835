#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/run.sh [--sanitize] [-R REGEX]

Installs what is missing (Debian: with apt-get, as root or through sudo), builds ordermill and runs its tests.

  --sanitize   build and test with AddressSanitizer and UBSan as well
  -R REGEX     only tests whose names match
  -h, --help   this text

With CI=true in the environment, warnings are errors. The status is 0 when every test passed, 2 when the command line is
wrong, 3 when packages are missing and can't be installed, else that of cmake or ctest.
END
}

complain() {
    echo "tests/run.sh: $1 (see tests/run.sh --help)" >&2
    exit 2
}

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
presets=(release)
if [ "${CI-}" = true ]; then presets=(ci); fi
which_tests=()
while [ $# -gt 0 ]; do
    case $1 in
    --sanitize) presets+=(sanitize) ;;
    -R)
        [ $# -gt 1 ] || complain "-R needs a regular expression"
        which_tests=(-R "$2")
        shift
        ;;
    -h | --help)
        usage
        exit
        ;;
    *) complain "unknown option $1" ;;
    esac
    shift
done

# shellcheck source-path=SCRIPTDIR source=../src/cmake/packages.sh
. "$root/src/cmake/packages.sh"
# shellcheck source-path=SCRIPTDIR source=../src/cmake/mpi-environment.sh
. "$root/src/cmake/mpi-environment.sh"

install_packages "$build_packages" "$test_packages"
(install_packages "$optional_test_packages") || echo "tests/run.sh: continuing; the tests that need the missing packages are skipped" >&2
cores=$(nproc)
status=0
for preset in "${presets[@]}"; do
    cmake -S "$root" --preset "$preset" -DORDERMILL_TESTS=ON
    cmake --build "$root/build/$preset" --parallel "$cores"
    # Most tests wait for processes and time limits more than they work, so twice as many as there are cores run at a time.
    ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error --parallel "$((2 * cores))" \
        ${which_tests[@]+"${which_tests[@]}"} || status=$?
done
exit "$status"
