#include "app/command/help.hpp"

namespace ordermill::app {

std::string main_help() {
    return R"(ordermill cleans order records (order lines, invoices, sales exports) at any scale.

Usage:
  ordermill COMMAND ...                     one process
  ordermill run -- clean ...                all cores of this machine, or several machines
  mpirun -n RANKS ordermill COMMAND ...     the same by hand: rank 0 deals the work out, the others clean

Commands:
  clean JOB.cfg [--input FILES] [--output FOLDER]    clean the records that the job describes
  run [-n N] [mpirun options] -- clean ...           clean on many ranks: starts mpirun, survives a worker's death
  try JOB.cfg --input FILE                           show what that would do to the first records; write nothing
  plan JOB.cfg --input FILES                         say what a run would do, and how long it would take
  explain JOB.cfg [--input FILES]                    say what the job means
  study JOB.cfg --input FILES --output FOLDER        say how the job scales; also --combine and --burn
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
  JOB.cfg                   the job file: input dialect, fields, rules (see jobs/README.md)
  -i, --input FILES         a path or glob ('data/*.csv'), may be given again; - is standard input; replaces the
                            job's `files`. INPUT behind the job means the same
  -o, --output FOLDER       default out/<job's name>
  --set SECTION.KEY=VALUE   overrides a line of the job, for example --set 'input.delimiter=;'

How:
  -f, --force               replace the outputs of an earlier run, or start over what one left unfinished
  --resume                  go on with the run that was stopped or died in the output folder, with any number of ranks;
                            from the beginning if there is none; nothing if it is complete
  --checkpoint SECONDS      put what is finished on the disk so often, so that a dead run costs no more; default 10
  --lease SECONDS           take a worker for dead that gave no sign of life for so long; default 12
  --max-crashes N           end the run when more records than that kill the process that cleans them; default 10
  --strict                  exit with 1 if any record is rejected (run.max_rejects = 0)
  --chunk-size SIZE         64B .. 1GiB, for example 4MiB; default: from the input's size, 1MiB .. 8MiB.
                            No output depends on it
  --transport WAY           how bytes reach the ranks: reference (each reads the files), inline (rank 0 sends them), or
                            auto (reference for each rank and file that it sees); default auto
  --gather WHEN             cleaned bytes come back to rank 0, which writes them: never, always, or auto (from ranks
                            that don't see the output folder, or see it on another host through a file system that isn't
                            known to be coherent, such as NFS); default auto
  --memory SIZE             how much each rank keeps in memory for duplicates and whole orders, at least 1MiB; default:
                            its share of half the host's memory. Beyond it --scratch is used, and the run goes on
  --scratch FOLDER          on each host, for what is over --memory; default $TMPDIR, else /tmp
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
is wrong, nothing was done; 3 the environment failed (disk, network, memory); 75 stopped by a signal (SIGUSR1,
SIGTERM, SIGINT) before the end: run it again with --resume.
)";
}

std::string run_help() {
    return R"(ordermill run [-n N] [--hostfile F] [--restarts K] [mpirun options ...] -- clean JOB.cfg ...

Starts mpirun, found in PATH (Open MPI 4 or 5), with the flags that let a run survive a worker's death, and exits with
the exit code of ordermill, which mpirun's own isn't after a death. Plain mpirun works too, without that.

  -n N              ranks: rank 0 deals the work out, the others clean. Default: this machine's cores + 1; with
                    several hosts the sum of their slots
  --hostfile F      the hosts, as mpirun takes it. Run it on the first of them: rank 0 is there
  --restarts K      start a run that died again, with clean --resume, at most K times; default 0
  anything else     goes to mpirun as it is, and wins over what run would say (--bind-to core, --mca NAME VALUE, ...)

Signals: after SIGINT (Ctrl-C), SIGTERM or SIGUSR1 the ranks finish what they have in hand, record it and end, within
10 s; SIGINT or SIGTERM once more ends them at once. Nothing stays behind on this machine.

Examples:
  ordermill run -- clean jobs/retail.cfg --input orders.csv
  ordermill run -n 5 --restarts 3 -- clean jobs/retail.cfg --input 'data/*.csv' --output out/retail
  ordermill run --hostfile hostfiles/two-nodes -n 9 --mca btl_tcp_if_include 10.0.0.0/24 -- clean jobs/retail.cfg
  zcat big.csv.gz | ordermill run -n 4 -- clean jobs/retail.cfg - --output out/big

Exit codes: those of clean; 3 also if mpirun is missing or nothing came of it; 75 if the run died or was stopped and
clean --resume goes on where it was.
)";
}

std::string plan_help() {
    return R"(ordermill plan JOB.cfg --input FILES [options]

Says what `ordermill clean` with the same options would do, without doing it: inputs and chunks, cores and ranks,
memory, the time it would take (from up to 16 MiB of the first input, cleaned as one process and thrown away), and how
many ranks are worth it. Reads options as `clean` does; nothing is written outside of --scratch. Under mpirun it knows
all the hosts of the launch.

Examples:
  ordermill plan jobs/retail.cfg --input orders.csv
  mpirun -n 8 --hostfile hostfiles/two-nodes ordermill plan jobs/retail.cfg --input orders.csv

Exit codes: 0 done; 2 the command line or the job is wrong; 3 the environment failed.
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
it takes a moment for a file of any size. Duplicates are not looked for and
rules on whole orders not applied. One process.

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

std::string study_help() {
    return R"(ordermill study JOB.cfg --input FILES --output FOLDER [--workers 1,2,4] [--repeats 5] [options of clean]
ordermill study --combine RAW.csv ... --output FOLDER
ordermill study --burn ITERATIONS [--orders N]

Says how a job scales. Under mpirun with the most ranks that are to be measured, it runs the job at each size in turn,
on the first ranks of the launch, while the others sleep; the outputs of the runs are thrown away. The tables go to
standard output, everything else to FOLDER: study.html (for a browser), study.json, MODE-extra-p.jsonl (for Extra-P),
MODE-speedup.svg and the other plots, raw.csv (a row for each rank, phase and run) and timeline.csv.

  -w, --workers LIST        sizes, in workers (rank 0 comes on top); default 1, 2, 4 ... as many as there are
      --repeats N           runs of each size, taken in turns; default 5
      --weak                the work grows with the workers: each gets the inputs once
  -o, --output FOLDER       for all that is told
  -f, --force               replace the study that is in FOLDER
      --combine FILES       no runs: puts the raw rows of earlier studies (raw.csv) together, and their timelines;
                            rows that are in two of the files count once
      --burn ITERATIONS     no job at all: the same CPU-bound loop for N orders, one after another, in processes
                            (ranks), in threads and in coroutines; to standard output
      --orders N            of --burn; default 2

Told for each size: time, throughput, speedup, efficiency, Karp-Flatt's serial fraction, POP's efficiencies; then fits
of Amdahl's law (same work for all sizes) or Gustafson's (work that grows), from three sizes on, and of the Universal
Scalability Law, from four; and what bounds the run. Sizes with more ranks than cores + 1 are shown and not fitted.

Examples:
  mpirun -n 9 ordermill study jobs/retail.cfg --input orders.csv --workers 1,2,4,8 --output out/study
  mpirun -n 9 ordermill study jobs/retail.cfg --input orders.csv --weak --output out/weak
  ordermill study --combine out/*/raw.csv --output out/all
  mpirun -n 2 ordermill study --burn 500000000 --orders 2

Exit codes: 0 done; 2 the command line, the job or a file of rows is wrong; 3 the environment failed or a rank died: the
rows of the runs before are kept; 75 stopped by a signal, likewise.
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
