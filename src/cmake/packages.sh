# shellcheck shell=bash
# What ordermill needs of a machine: the one list of packages, and their installation. Sourced by the scripts.
#
# A line names Debian's package, and what shows on a system without dpkg that it is there: a command or a C++ header.
# Libraries stand in dependencies.cmake too, which finds them.

# shellcheck disable=SC2034 # the scripts hand their lists to install_packages
build_packages='
g++                             command g++
cmake                           command cmake
ninja-build                     command ninja
pkg-config                      command pkg-config
libopenmpi-dev                  command mpicxx
openmpi-bin                     command mpirun
libboost-mpi-dev                header  boost/mpi.hpp
libboost-program-options-dev    header  boost/program_options.hpp
libboost-serialization-dev      header  boost/serialization/serialization.hpp
libfmt-dev                      header  fmt/core.h
libspdlog-dev                   header  spdlog/spdlog.h
nlohmann-json3-dev              header  nlohmann/json.hpp
libre2-dev                      header  re2/re2.h
libutf8proc-dev                 header  utf8proc.h
libxxhash-dev                   header  xxhash.h
libdeflate-dev                  header  libdeflate.h
'
# shellcheck disable=SC2034
test_packages='
catch2                          header  catch2/catch_test_macros.hpp|catch2/catch.hpp
python3                         command python3
libbenchmark-dev                header  benchmark/benchmark.h
valgrind                        command valgrind
'
# Tests that need these are skipped where they can't be had.
# shellcheck disable=SC2034
optional_test_packages='
chromium                        command chromium
'

# For tests/cluster/run: several hosts and a Slurm cluster on one machine.
# shellcheck disable=SC2034
cluster_packages='
openssh-server                  command sshd
openssh-client                  command ssh
iproute2                        command ip
slurm-wlm                       command slurmctld
munge                           command munged
libpmix-dev                     header  pmix.h
python3-yaml                    command python3
debootstrap                     command debootstrap
'

# install_packages LIST...: installs what is missing of these lists; ends the script with status 3 if it can't.
install_packages() {
    local missing=()
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
        mapfile -t missing < <(missing_by_dpkg "$@")
        [ ${#missing[@]} -eq 0 ] || install_with_apt "${missing[@]}"
    else
        mapfile -t missing < <(missing_by_looking "$@")
        [ ${#missing[@]} -eq 0 ] || packages_fail "this system has no apt-get: install what Debian calls" "${missing[@]}"
    fi
}

missing_by_dpkg() {
    local package rest installed
    # dpkg-query fails when it doesn't know one of the packages, and still answers for the others.
    # shellcheck disable=SC2016 # dpkg-query's variables
    installed=$(awk '{print $1}' <<<"$*" | xargs dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null || true)
    while read -r package rest; do
        [ -z "$package" ] || grep -qxF "installed $package" <<<"$installed" || echo "$package"
    done <<<"$*"
}

missing_by_looking() {
    local package kind what
    while read -r package kind what; do
        case $kind in
        command) command -v "$what" >/dev/null || echo "$package" ;;
        header) has_header "${what%|*}" || has_header "${what#*|}" || echo "$package" ;;
        esac
    done <<<"$*"
}

has_header() {
    printf '#if !__has_include(<%s>)\n#error absent\n#endif\n' "$1" | g++ -x c++ -E - >/dev/null 2>&1
}

install_with_apt() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || packages_fail "you are neither root nor have sudo; ask an administrator to run: apt-get install" "$@"
        as_root=(sudo)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    echo "ordermill: installing $*" >&2
    # On a fresh system the lists are empty; on an old one they name versions that are gone from the mirror.
    if ! apt-cache show --no-all-versions "$@" >/dev/null 2>&1 ||
        ! "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >&2; then
        "${apt[@]}" update </dev/null >&2 || packages_fail "apt-get update failed before the installation of" "$@"
        "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >&2 || packages_fail "apt-get could not install" "$@"
    fi
}

packages_fail() {
    echo "ordermill: packages are missing, and $*" >&2
    exit 3
}
