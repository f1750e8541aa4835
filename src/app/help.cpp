#include "app/help.hpp"

namespace ordermill::app {

std::string main_help() {
    return R"(ordermill cleans order records (order lines, invoices, sales exports) at any scale.

Usage:
  ordermill COMMAND ...                     one process
  mpirun -n RANKS ordermill COMMAND ...     rank 0 deals the work out, the others clean

Commands:
  clean JOB.cfg [--input FILES] [--output FOLDER]    clean the records that the job describes
  try JOB.cfg --input FILE                           show what that would do to the first records; write nothing
  explain JOB.cfg [--input FILES]                    say what the job means
  generate --orders N --output FILE                  make a file of dirty orders to try things on
  COMMAND --help                                     everything about a command, with examples
  --version

Examples:
  ordermill generate --orders 1000000 --seed 7 --output orders.csv
  mpirun -n 4 ordermill clean jobs/retail.cfg --input orders.csv --output out/retail
  zcat big.csv.gz | mpirun -n 4 ordermill clean jobs/retail.cfg -

Exit codes: 0 done; 1 done, but more rejects than the limit allows; 2 the command line, the job or an input
is wrong, nothing was done; 3 the environment failed (disk, network, memory).
)";
}

std::string clean_help() {
    return R"(ordermill clean JOB.cfg [INPUT ...] [options]

Reads the inputs, writes clean.csv, rejects.csv (every fault with its place and reason), rejects-raw/ (the rejected
records as they came, to be corrected and run again) and report.json, in which every record is accounted for.
The outputs are the same bytes for any number of ranks and any chunk size. They appear whole or not at all.

What:
  JOB.cfg                   the job file: input dialect, fields, rules (see README, "The job file")
  -i, --input FILES         a path or glob ('data/*.csv'), may be given again; - is standard input; replaces the
                            job's `files`. INPUT behind the job means the same
  -o, --output FOLDER       default out/<job's name>
  --set SECTION.KEY=VALUE   overrides a line of the job, for example --set 'input.delimiter=;'

How:
  -f, --force               replace the outputs of an earlier run
  --strict                  exit with 1 if any record is rejected (run.max_rejects = 0)
  --chunk-size SIZE         64B .. 1GiB, for example 4MiB; default: from the input's size, 1MiB .. 8MiB.
                            No output depends on it
  --transport WAY           how bytes reach the ranks: reference (each reads the files), inline (rank 0 sends them), or
                            auto (reference where every rank sees the same files); default auto
  --expect-ranks N          refuse to start with another number of ranks

Messages (all on standard error):
  --progress SECONDS        a line every so often when it isn't a terminal; 0: none; default 10
  -q, --quiet               only errors
  --log-level LEVEL         trace, debug, info, warning, error, off; default info
  --log-dir FOLDER          a log file per rank

Examples:
  ordermill clean jobs/retail.cfg --input orders.csv
  mpirun -n 4 ordermill clean jobs/online-retail.cfg --input 'data/*.csv' --output out/retail
  zcat big.csv.gz | mpirun -n 4 ordermill clean jobs/retail.cfg - --output out/big
  srun --mpi=pmix -n 64 ordermill clean jobs/retail.cfg --input '/data/2011-*.csv' --force

One rank more than cores is right: rank 0 sleeps while the others work.

Exit codes: 0 done; 1 done, but more rejects than the limit allows; 2 the command line, the job or an input
is wrong, nothing was done; 3 the environment failed (disk, network, memory).
)";
}

std::string explain_help() {
    return R"(ordermill explain JOB.cfg [INPUT ...] [options]

Says on standard output how the job is understood: inputs, stages in order, each field with its column, type, steps
and what happens on a fault, look-ups, splits, repairs, drops, rules, output columns. With inputs (or when the job
names some) the columns are looked up in their headers, and those that no field uses are listed. One process.

  JOB.cfg                   the job file
  -i, --input FILES         paths and globs; - is standard input. INPUT behind the job means the same
  --set SECTION.KEY=VALUE   overrides a line of the job
  --job                     print a job file instead, overrides included, that means the same

Examples:
  ordermill explain jobs/retail.cfg --input orders.csv
  ordermill explain jobs/retail.cfg --set 'input.delimiter=;' --job > semicolons.cfg
)";
}

std::string try_help() {
    return R"(ordermill try JOB.cfg [INPUT ...] [options]

Shows on standard output what `clean` would do, and writes nothing: the first records before and after, one example
of each fault and repair, and counts. It reads the beginning of the inputs only and says how much it looked at, so
it takes a moment for a file of any size. Duplicates are not looked for. One process.

  JOB.cfg                   the job file
  -i, --input FILES         paths and globs; - is standard input; default: the job's `files`
  --set SECTION.KEY=VALUE   overrides a line of the job, or adds one
  -n, --records N           records to show; default 20
  --scan SIZE               how much to look at; default 64MiB

Examples:
  ordermill try jobs/retail.cfg --input orders.csv
  ordermill try jobs/retail.cfg orders.csv --records 3 --set 'fields.quantity=integer "Quantity" | min 1'
)";
}

std::string generate_help() {
    return R"(ordermill generate --output FILE [--orders N] [--seed S]

Writes dirty order lines with the columns of the UCI Online Retail data and known kinds of dirt: repeated lines,
missing customers, bad quantities, dates and prices, ragged white space, country aliases, quoted commas and line
breaks. The same seed gives the same bytes on every machine. jobs/retail.cfg cleans it.

  -o, --output FILE   - is standard output
  -n, --orders N      order lines; default 1000000. About 1 % are written twice
  --seed S            default 7

Example:
  ordermill generate --orders 1000000 --seed 7 --output orders.csv
)";
}

} // namespace ordermill::app
