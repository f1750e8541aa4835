#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'END'
usage: jobs/demo.sh [FILE...]

Installs what is missing (Debian: with apt-get, as root or through sudo), builds ordermill, makes a million dirty order lines,
cleans them on all cores and shows what came out, in out/demo.
With FILEs: cleans those instead, as jobs/retail.cfg says, to out/demo-yours.
END
}

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ordermill=$root/build/release/ordermill
job=$root/jobs/retail.cfg

build() {
    # shellcheck source-path=SCRIPTDIR source=../src/cmake/packages.sh
    . "$root/src/cmake/packages.sh"
    install_packages "$build_packages"
    # A build that has its tests keeps them.
    local without_tests=()
    [ -e "$root/build/release/CMakeCache.txt" ] || without_tests=(-DORDERMILL_TESTS=OFF)
    cmake -S "$root" --preset release ${without_tests[@]+"${without_tests[@]}"}
    cmake --build "$root/build/release" --target ordermill --parallel "$(nproc)"
}

# clean OUTPUT FILE...: a worker on each core, and rank 0, which mostly sleeps.
clean() {
    # shellcheck source-path=SCRIPTDIR source=../src/cmake/mpi-environment.sh
    . "$root/src/cmake/mpi-environment.sh"
    local output=$1 inputs=() file
    shift
    for file; do inputs+=(--input "$file"); done
    local command=(mpirun -n $(($(nproc) + 1)) --oversubscribe --bind-to none
        "$ordermill" clean "$job" "${inputs[@]}" --output "$output" --force)
    printf '\n$'
    printf ' %q' "${command[@]}"
    printf '\n'
    "${command[@]}"
}

# say_of FOLDER NAME WORDS: a line on an output, if it is there
say_of() {
    if [ -e "$1/$2" ]; then printf '  %-16s%s\n' "$2" "$3"; fi
}

# show FOLDER
show() {
    printf '\nThe first clean records:\n'
    head -n 6 "$1/clean.csv"
    printf '\nThe first rejected ones, with their reasons:\n'
    head -n 6 "$1/rejects.csv"
    printf '\nEverything is in %s:\n' "$1"
    say_of "$1" clean.csv 'the clean records, in the order of the input'
    say_of "$1" rejects.csv 'each fault with its file, line, column and reason'
    say_of "$1" rejects-raw/ 'the rejected records as they came, to be corrected and cleaned again'
    say_of "$1" duplicates.csv 'the records that were there already, and where'
    say_of "$1" report.json 'the account: every record and byte of the input'
}

case ${1-} in
-h | --help)
    usage
    exit
    ;;
esac
for file; do
    [ "$file" = - ] || [ -r "$file" ] || {
        echo "jobs/demo.sh: cannot read $file" >&2
        exit 2
    }
done

build
if [ $# -gt 0 ]; then
    output=$root/out/demo-yours
    clean "$output" "$@"
else
    output=$root/out/demo/cleaned
    mkdir -p "$root/out/demo"
    "$ordermill" generate --orders 1000000 --seed 7 --output "$root/out/demo/orders.csv"
    clean "$output" "$root/out/demo/orders.csv" </dev/null
fi
show "$output"
