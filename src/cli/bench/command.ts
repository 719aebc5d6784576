import type { Command } from "commander";
import { BENCH_DEFAULTS } from "./flags.ts";
import type { BenchFlags } from "./flags.ts";

const HELP = `
The rate is in lines a second, whatever the size of the datagrams: 100000 lines/s with 20 lines a datagram are 5,000
datagrams/s. Traffic is made before it is sent, from a seed: the same flags send the same bytes. A datagram is full when
it has --lines-per-datagram lines or the next would exceed --datagram-bytes.

With --verify the server is asked before and after: lines lost, and where; its CPU; whether sums are exact. Meanwhile
probes (of a type that the mix leaves free) tell how long a line takes from being sent until a scrape would show it. A server
with passwords is http://USER:PASSWORD@HOST:PORT.

Exit code: 0 when less than 0.1 % was lost (or nothing was verified), 1 when more was lost, nobody listened or the bench could
not be run, 2 for a wrong command line. Targets beyond the loopback need --i-own-this-target.

Examples:
  tallyd bench --verify http://127.0.0.1:9102                        100,000 lines/s for 10 s, and what became of them
  tallyd bench --rate 2M --lines-per-datagram max --datagram-bytes 1432 --verify http://127.0.0.1:9102
  tallyd bench --rate max --lines-per-datagram 1 --duration 2s       as fast as this sender can
  tallyd bench --find-max --verify http://127.0.0.1:9102 --html max.html   the highest rate without loss, and a page
  tallyd bench --target unixgram:///var/run/dsd.socket --json        a Unix socket; the result as one JSON object`;

/** `tallyd bench` and its flags; `run` gets them as they were written. */
export function addBench(program: Command, run: (flags: BenchFlags) => Promise<void>): void {
  const defaults = BENCH_DEFAULTS;
  program
    .command("bench")
    .description("send made-up traffic at a pace and tell what became of it; exit code 1 when 0.1 % or more was lost")
    .option("--target <url>", "udp://HOST:PORT, tcp://HOST:PORT, unixgram:///PATH or unix:///PATH", defaults.target)
    .option("--rate <lines/s>", "lines a second: 100000, 100k, 2.5M, or max for as fast as it goes", defaults.rate)
    .option("--duration <duration>", "how long to send, 100ms to 1h", defaults.duration)
    .option("--series <n>", "distinct series, up to 1000000", defaults.series)
    .option("--lines-per-datagram <n>", "at most so many; max for as many as fit", defaults.linesPerDatagram)
    .option("--datagram-bytes <n>", "at most so many; 1432 fits into an Ethernet frame", defaults.datagramBytes)
    .option("--mix <shares>", "types (c, g, ms, h, d, s) and their shares of the series", defaults.mix)
    .option("--tags <n>", "tags of each line, 0 to 10", defaults.tags)
    .option("--sockets <n>", "client sockets, used in turn", defaults.sockets)
    .option("--seed <n>", "other numbers make other traffic", defaults.seed)
    .option("--prefix <name>", "what the names of the series begin with", defaults.prefix)
    .option("--verify <url>", "HTTP address of the server, to ask it what it got")
    .option("--no-latency", "send no probes")
    .option("--find-max", "search the highest rate with less than 0.1 % loss, from --rate on")
    .option(
      "--step-duration <duration>",
      "length of a step of --find-max; the last takes --duration",
      defaults.stepDuration,
    )
    .option("--json", "print the result as one JSON object")
    .option("--html <file>", "write the result as a page, too")
    .option("--i-own-this-target", "allow a target that is not on this machine's loopback")
    .addHelpText("after", HELP)
    .action(run);
}
