#include "app/command/help.hpp"

namespace ordermill::app {

std::string main_help() {
    return R"(ordermill cleans order records (order lines, invoices, sales exports) at any scale.

Usage:
  ordermill COMMAND ...                     one process
  ordermill run -- clean ...                all cores of this machine, or several machines
  mpirun -n RANKS ordermill COMMAND ...     RANKS processes: rank 0 deals the work out, the others clean

Commands:
  clean JOB.cfg [--input FILES] [--output FOLDER]    clean the records as the job file says
  run [-n N] [mpirun options] -- clean ...           start mpirun and clean; the run survives a worker's death
  try JOB.cfg --input FILE                           show what the job does to the first records; write nothing
  plan JOB.cfg --input FILES                         estimate the time, memory and useful ranks of a run
  explain JOB.cfg [--input FILES]                    describe how the job file is understood
  study JOB.cfg --input FILES --output FOLDER        measure how a run scales with the number of workers
  generate --orders N --output FILE                  write a file of dirty order lines to practise on

Options:
  COMMAND --help    describe the command, its options and its exit codes
  --version         print the version

Examples:
  ordermill generate --orders 1000000 --seed 7 --output orders.csv
  ordermill clean jobs/retail.cfg --input orders.csv --output out/retail
  mpirun -n 4 ordermill clean jobs/retail.cfg --input orders.csv --output out/retail
  zcat big.csv.gz | mpirun -n 4 ordermill clean jobs/retail.cfg -

Exit codes:
  0   done
  1   done, but more records were rejected than the limit allows
  2   the command line, the job file or an input is wrong; nothing was done
  3   the environment failed (disk, network, memory)
  75  the run was stopped or died before its end; --resume continues it
)";
}

std::string clean_help() {
    return R"(ordermill clean cleans the records of the inputs as a job file says.

Usage:
  ordermill clean JOB.cfg [INPUT ...] [options]

It writes clean.csv, rejects.csv (each fault with its place and reason), rejects-raw/ (the rejected records as they
were read, to be corrected and cleaned again), duplicates.csv (if the job removes duplicates) and report.json, which
accounts for every record.
The outputs are the same bytes for any number of ranks and any chunk size. They get their final names only when all
of them are complete.

Job, inputs and outputs:
  JOB.cfg                   the job file: input dialect, fields, rules; jobs/README.md describes it
  -i, --input FILES         a path, a glob ('data/*.csv') or - for standard input; may be given several times;
                            replaces the job's `files`. INPUT means the same
  -o, --output FOLDER       where the outputs go; default: out/ and the job's name
  --set SECTION.KEY=VALUE   replace a line of the job file, or add one, for example --set 'input.delimiter=;';
                            may be given several times
  --parts N                 write the clean records to N files, clean/part-00001.csv and so on, 1 to 9999 (the same as
                            --set output.parts=N). Workers that write to one file wait for each other; with as many
                            parts as workers they hardly do. Default: one file, clean.csv
  -f, --force               replace the outputs that are in FOLDER, and discard an unfinished run
  --strict                  exit with code 1 if any record is rejected (the same as --set run.max_rejects=0)

Continuing a run, and failures:
  --resume                  continue the unfinished run in FOLDER, with any number of ranks; without one, start at the
                            beginning; if FOLDER holds the complete outputs, do nothing
  --checkpoint SECONDS      how often finished work is recorded for --resume; more than 0; default 10
  --lease SECONDS           a worker that makes no progress for this long counts as lost; at least 3; default 12
  --max-crashes N           end the run when more than N records crash the process that cleans them; default 10

Ranks, memory and transport (none of them changes an output):
  --chunk-size SIZE         the unit of work, 1B to 1GiB, for example 4MiB; default: from 1MiB to 8MiB, by the
                            inputs' size
  --memory SIZE             how much memory each rank may use for duplicates and whole orders, at least 1MiB; what is
                            over it goes to --scratch; default: an equal share of half the host's limit (see plan)
  --scratch FOLDER          where each host keeps what is over --memory; default: $TMPDIR, or /tmp if it isn't set
  --transport WAY           how input bytes reach the workers: reference (each worker reads the files), inline (rank 0
                            sends the bytes) or auto (reference wherever a worker can read the file); default auto
  --gather WHEN             when rank 0 writes the outputs of the workers: never, always or auto (for workers that
                            can't write to FOLDER, or whose host sees it on a file system that may not be coherent
                            between hosts, such as NFS); default auto
  --expect-ranks N          exit with code 2 if the number of ranks isn't N

Messages (on standard error):
  --progress SECONDS        how often a progress line is printed when standard error isn't a terminal; 0: never;
                            default 10
  -q, --quiet               print errors only
  --log-level LEVEL         trace, debug, info, warning, error or off; default info
  --log-dir FOLDER          write a log file for each rank, FOLDER/rank-N.log

Examples:
  ordermill clean jobs/retail.cfg --input orders.csv
  mpirun -n 4 ordermill clean jobs/online-retail.cfg --input 'data/*.csv' --output out/retail
  zcat big.csv.gz | mpirun -n 4 ordermill clean jobs/retail.cfg - --output out/big
  srun --mpi=pmix -n 64 ordermill clean jobs/retail.cfg --input '/data/2011-*.csv' --resume

Start one rank more than there are cores: rank 0 only deals the work out, and sleeps in between.

Exit codes:
  0   done
  1   done, but more records were rejected than the limit allows
  2   the command line, the job file or an input is wrong, or FOLDER holds outputs already; nothing was done
  3   the environment failed (disk, network, memory); no output got its final name
  75  the run was stopped by a signal (SIGUSR1, SIGTERM, SIGINT) before its end, or the run that --resume is to
      continue is still alive; run the command again with --resume
)";
}

std::string run_help() {
    return R"(ordermill run starts mpirun with the options that let a run survive a worker's death.

Usage:
  ordermill run [-n N] [--hostfile FILE] [--restarts K] [mpirun options ...] -- clean JOB.cfg ...

It needs Open MPI 4 or 5, with mpirun in PATH. Its exit code is the one of `ordermill clean`; mpirun's own code is
another one after a death.

Options:
  -n N              ranks, at least 2: rank 0 deals the work out, the others clean. Default: the cores of this machine
                    + 1; with several hosts, the sum of their slots
  --hostfile FILE   the hosts, in mpirun's format. Start the command on the first of them: rank 0 runs there
  --restarts K      start a run that died again, with clean --resume, at most K times; default 0
  any other option  is passed to mpirun, and replaces what `run` would choose (--bind-to core, --mca NAME VALUE, ...)

Signals: SIGINT (Ctrl-C), SIGTERM or SIGUSR1 stops the run: the ranks finish and record the chunks that they have,
within 10 s. A second SIGINT or SIGTERM ends the ranks at once. No process is left on this machine.

Examples:
  ordermill run -- clean jobs/retail.cfg --input orders.csv
  ordermill run -n 5 --restarts 3 -- clean jobs/retail.cfg --input 'data/*.csv' --output out/retail
  ordermill run --hostfile hostfiles/two-nodes -n 9 --mca btl_tcp_if_include 10.0.0.0/24 -- clean jobs/retail.cfg
  zcat big.csv.gz | ordermill run -n 4 -- clean jobs/retail.cfg - --output out/big

Exit codes: those of `ordermill clean --help`, and
  3   also: mpirun is missing, or the run died before anything was recorded
  75  also: the run died; clean --resume continues it
)";
}

std::string plan_help() {
    return R"(ordermill plan estimates what a run of `ordermill clean` with the same options would take.

Usage:
  ordermill plan JOB.cfg --input FILES [options of clean]

It prints the inputs and chunks, the hosts with their cores, the memory, the time for several numbers of workers, and
how many ranks are worthwhile. For that it cleans up to 16 MiB of the first input as one process and discards the
result. It writes nothing except temporary files in --scratch. Under mpirun it knows the hosts of the launch.

Options: those of `ordermill clean --help`.

Examples:
  ordermill plan jobs/retail.cfg --input orders.csv
  mpirun -n 8 --hostfile hostfiles/two-nodes ordermill plan jobs/retail.cfg --input orders.csv

Exit codes: 0 done; 2 the command line, the job file or an input is wrong; 3 the environment failed.
)";
}

std::string explain_help() {
    return R"(ordermill explain describes on standard output how a job file is understood.

Usage:
  ordermill explain JOB.cfg [INPUT ...] [options]

It prints the inputs, the stages in their order, each field with its column, type, steps and what happens on a fault,
then look-ups, splits, repairs, drops, rules and output columns. With inputs, of the command line or of the job, it
finds the columns in their headers and lists the columns that no field uses. It runs as one process.

Options:
  JOB.cfg                   the job file
  -i, --input FILES         a path, a glob or - for standard input; may be given several times. INPUT means the same
  --set SECTION.KEY=VALUE   replace a line of the job file, or add one; may be given several times
  --job                     print, instead, a job file with the same meaning that contains the --set lines

Examples:
  ordermill explain jobs/retail.cfg --input orders.csv
  ordermill explain jobs/retail.cfg --set 'input.delimiter=;' --job > semicolons.cfg

Exit codes: 0 done; 2 the command line, the job file or an input is wrong; 3 the environment failed.
)";
}

std::string try_help() {
    return R"(ordermill try shows on standard output what `ordermill clean` would do to the first records.

Usage:
  ordermill try JOB.cfg [INPUT ...] [options]

It prints the first records before and after cleaning, one example of each fault and repair, and counts. It writes no
files. It reads only the beginning of the inputs, so it takes a moment for a file of any size. It doesn't look for
duplicates and doesn't apply rules on whole orders. It runs as one process.

Options:
  JOB.cfg                   the job file
  -i, --input FILES         a path, a glob or - for standard input; may be given several times; default: the job's
                            `files`. INPUT means the same
  --set SECTION.KEY=VALUE   replace a line of the job file, or add one; may be given several times
  -n, --records N           how many records to show; default 20
  --scan SIZE               how much of the inputs to read; default 64MiB

Examples:
  ordermill try jobs/retail.cfg --input orders.csv
  ordermill try jobs/retail.cfg orders.csv --records 3 --set 'fields.quantity=integer "Quantity" | min 1'

Exit codes: 0 done; 2 the command line, the job file or an input is wrong; 3 the environment failed.
)";
}

std::string study_help() {
    return R"(ordermill study measures how a run scales with the number of workers.

Usage:
  mpirun -n N ordermill study JOB.cfg --input FILES --output FOLDER [--workers 1,2,4] [options of clean]
  ordermill study --combine RAW.csv ... --output FOLDER
  ordermill study --compare A.csv B.csv [--output FOLDER]
  ordermill study --burn ITERATIONS [--orders N] [--repeats N] [--output FOLDER]

Start it with the ranks of the largest size. It runs the job at each size in turn, on the first ranks of the launch,
while the others sleep, and discards the outputs of the runs. The tables go to standard output. FOLDER gets study.html
(for a browser), study.json, MODE-extra-p.jsonl (for Extra-P), MODE-speedup.svg and the other plots, raw.csv (a row
for each run, rank and phase) and timeline.csv.

For each size it prints time, throughput, speedup, efficiency, Karp-Flatt's serial fraction, POP's efficiencies,
core-hours, and what share of the machine's own ceiling it reaches: the same work by processes that share nothing.
From three sizes on it fits Amdahl's law (the same work at every size) or Gustafson's (work that grows), from four on
the Universal Scalability Law too. Then it says what bounds the run, or that the times vary too much to tell. Sizes
with more ranks than cores + 1 are shown, but not fitted.

Measuring a job:
  -w, --workers LIST        the sizes, in workers; each needs one rank more, for rank 0; default: 1, 2, 4 ... and all
      --repeats N           runs of each size, at least 1, at most N; default 10
      --precision PERCENT   a size is not run again once its median time is known this well: half the median's 95 %
                            interval, which takes six runs at least; default 5
      --weak                let the work grow: each worker gets the inputs once, as if they were new records
      --ceiling WHEN        when the ceiling of a size is measured: auto (as long as that takes less time than its
                            runs), always or never; default auto
      --sweep OPTION=LIST   measure each value of an option of `ordermill clean`, for example
                            --sweep chunk-size=64KiB,1MiB,8MiB
  -o, --output FOLDER       where the results go
  -f, --force               replace the study that is in FOLDER
      --resume              go on with the study that is in FOLDER: measure only what an earlier launch did not
                            finish. It begins again on other CPUs or with another build
  any other option          is an option of `ordermill clean`

Without a job:
      --combine FILES       combine the raw.csv of earlier studies, and the timelines beside them; a row that is in two
                            files counts once
      --compare FILES       compare the raw.csv of two studies (two commits, machines or settings): the ratio of their
                            times at each size with its 95 % interval
      --burn ITERATIONS     compare one process, several processes (ranks), threads and coroutines: each takes N
                            orders through the same CPU-bound loop, then through a wait; the table goes to standard
                            output, and its rows to FOLDER/burn.csv
      --orders N            the orders of --burn, at least 1; default 2

Examples:
  mpirun -n 9 ordermill study jobs/retail.cfg --input orders.csv --workers 1,2,4,8 --output out/study
  mpirun -n 9 ordermill study jobs/retail.cfg --input orders.csv --weak --output out/weak
  mpirun -n 3 ordermill study jobs/retail.cfg --input orders.csv --sweep chunk-size=64KiB,1MiB --output out/sweep
  ordermill study --combine out/*/raw.csv --output out/all
  ordermill study --compare out/before/raw.csv out/after/raw.csv
  mpirun -n 2 ordermill study --burn 500000000 --orders 2

Exit codes:
  0   done
  2   the command line, the job file, an input or a file of rows is wrong
  3   the environment failed or a rank died; the rows of the runs before it are kept
  75  the study was stopped by a signal; the rows of the runs before it are kept
)";
}

std::string generate_help() {
    return R"(ordermill generate writes dirty order lines to practise on.

Usage:
  ordermill generate --output FILE [--orders N] [--seed S]

The lines have the columns of the UCI Online Retail data and known kinds of dirt: repeated lines, missing customers,
bad quantities, dates and prices, ragged white space, country aliases, quoted commas and line breaks. The same seed
gives the same bytes on every machine. jobs/retail.cfg is the job file for them.

Options:
  -o, --output FILE   the file to write; - is standard output
  -n, --orders N      order lines; about 1 % of them are written twice; default 1000000
  --seed S            a whole number that the dirt depends on; default 7

Examples:
  ordermill generate --orders 1000000 --seed 7 --output orders.csv
  ordermill generate --orders 1000 --output - | ordermill try jobs/retail.cfg -

Exit codes: 0 done; 2 the command line is wrong; 3 the environment failed.
)";
}

} // namespace ordermill::app
