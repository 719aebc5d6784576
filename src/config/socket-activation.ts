import type { Result } from "../std/result.ts";
import type { Environment } from "./environment.ts";
import { LISTENERS_MAX } from "./limits.ts";
import type { Problem } from "./values.ts";

/** The first inherited socket: 0, 1 and 2 are the standard streams (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST = 3;
const SCHEME = "systemd://";

/**
 * Puts `fd://NUMBER` in the place of each `systemd://` (all sockets that systemd handed over) and `systemd://NAME`
 * (those with that FileDescriptorName), by the rules of sd_listen_fds(3):
 *
 *     LISTEN_PID=4711           the process that they are meant for
 *     LISTEN_FDS=2              how many, from descriptor 3 on
 *     LISTEN_FDNAMES=web:unix   their names, in order; by default the name of the socket unit
 */
export function expandActivation(
  listen: readonly string[],
  environment: Environment,
  pid: number,
): Result<string[], Problem> {
  if (!listen.some((url) => url.startsWith(SCHEME))) return { ok: true, value: [...listen] };
  const names = handedOver(environment, pid);
  if (!names.ok) return names;
  const urls: string[] = [];
  for (const url of listen) {
    if (!url.startsWith(SCHEME)) {
      urls.push(url);
      continue;
    }
    const wanted = url.slice(SCHEME.length);
    const found = names.value.flatMap((name, index) =>
      wanted === "" || name === wanted ? [`fd://${FIRST + index}`] : [],
    );
    if (found.length === 0) {
      const has = names.value.map((name) => JSON.stringify(name)).join(", ");
      return wrong(
        `names the socket ${wanted}, which systemd did not hand over`,
        `set FileDescriptorName=${wanted} in the socket unit, or use one of ${has}`,
      );
    }
    urls.push(...found);
  }
  return { ok: true, value: [...new Set(urls)] };
}

/** The names of the sockets, in the order of their numbers. */
function handedOver(environment: Environment, pid: number): Result<string[], Problem> {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  if (LISTEN_PID === undefined || LISTEN_FDS === undefined) {
    return wrong(
      "asks for sockets of systemd, but there are none (LISTEN_PID and LISTEN_FDS are not set)",
      "start tallyd from a service with a socket unit, or by systemd-socket-activate",
    );
  }
  if (LISTEN_PID !== String(pid)) {
    return wrong(
      "asks for sockets of systemd, which were handed to another process",
      "let the service start node itself (ExecStart=/path/to/node /path/to/src/main.ts serve), without npm or a shell",
    );
  }
  if (!/^[1-9]\d{0,4}$/.test(LISTEN_FDS) || Number(LISTEN_FDS) > LISTENERS_MAX)
    return wrong("asks for sockets of systemd, but LISTEN_FDS is wrong", `LISTEN_FDS must be 1 to ${LISTENERS_MAX}`);
  const names = (LISTEN_FDNAMES ?? "").split(":");
  return { ok: true, value: Array.from({ length: Number(LISTEN_FDS) }, (_, index) => names[index] ?? "") };
}

function wrong(problem: string, remedy: string): Result<never, Problem> {
  return { ok: false, error: { problem, remedy } };
}
