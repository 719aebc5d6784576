import { expect, test } from "vitest";
import { listenUrl } from "../../src/config/listen-url.ts";

test.each([
  ["udp://127.0.0.1:8125", "udp://127.0.0.1:8125"],
  ["UDP://[::1]:8125/", "udp://[::1]:8125"],
  ["tcp://0.0.0.0:0", "tcp://0.0.0.0:0"],
  ["unix:///run/tallyd.sock", "unix:///run/tallyd.sock"],
  ["unix://tallyd.sock", "unix://tallyd.sock"],
  ["unixstream:///run/a.sock", "unix:///run/a.sock"],
  ["unixgram:///run/a b,c.sock", "unixgram:///run/a b,c.sock"],
  [`unix:///${"p".repeat(106)}`, `unix:///${"p".repeat(106)}`],
  ["fd://3", "fd://3"],
  ["systemd://", "systemd://"],
  ["systemd://tallyd.socket", "systemd://tallyd.socket"],
])("%j is the listener %s", (given, want) => {
  expect(listenUrl(given)).toEqual({ ok: true, value: want });
});

test.each([
  ["tcp://127.0.0.1", "has no valid host and port", /tcp:\/\/HOST:PORT/],
  ["unix://", "has no valid path of a socket file", /at most 107 bytes/],
  [`unix:///${"p".repeat(107)}`, "has no valid path of a socket file", /at most 107 bytes/],
  [`unix:///${"ü".repeat(54)}`, "has no valid path of a socket file", /at most 107 bytes/],
  ["unix:///run/folder/", "has no valid path of a socket file", /unix:\/\/\/absolute/],
  ["fd://2", "has no number of an inherited socket", /systemd:\/\//],
  ["fd://x", "has no number of an inherited socket", /fd:\/\/3/],
  ["systemd://a:b", "has no valid name of a socket", /FileDescriptorName/],
  ["/run/tallyd.sock", "is not a listener", /write unix:\/\/\/run\/tallyd.sock/],
  ["127.0.0.1:8125", "is not a listener", /write udp:\/\/127.0.0.1:8125/],
  ["unixs:///x", "has the unknown scheme unixs", /did you mean unix\?/],
])("%j %s", (given, problem, remedy) => {
  expect(listenUrl(given)).toEqual({
    ok: false,
    error: [{ problem, remedy: expect.stringMatching(remedy) as string }],
  });
});
