import { afterEach, describe, expect, test } from "vitest";
import type { Measure } from "../../src/model/sender.ts";
import { createWeb } from "../../src/web/web.ts";
import type { Web, WebOptions } from "../../src/web/web.ts";
import { measuresOf, reportOf, senderOf, statusOf } from "../support/status.ts";

const webs: Web[] = [];
afterEach(async () => {
  await Promise.all(webs.splice(0).map((web) => web.close(100)));
});

async function serve(options: Partial<WebOptions>): Promise<(path: string) => Promise<Response>> {
  const web = createWeb({
    host: "127.0.0.1",
    port: 0,
    drain: async () => {},
    renderMetrics: () => Promise.reject(new Error("not asked for")),
    status: () => statusOf(),
    senders: () => reportOf(),
    ready: () => true,
    capture: () => Promise.resolve(undefined),
    log: { error: () => {} },
    ...options,
  });
  webs.push(web);
  const { url } = await web.listen();
  return (path) => fetch(`${url}${path}`);
}

const HOSTILE = `<script>alert(1)</script>"'&`;

describe("/api/senders", () => {
  test("answers who sends what, and that the counts are exact", async () => {
    const get = await serve({
      senders: () => ({
        ...reportOf(
          senderOf({
            rejects: 1,
            rejected: { bad_value: 1 },
            lastReject: { reason: "bad_value", line: "a:x|c", time: 5 },
          }),
          senderOf({ sender: "::1" }),
        ),
        totals: measuresOf({ datagrams: 2 }),
      }),
    });
    const answer = await get("/api/senders");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await answer.json()).toEqual({
      sort: "datagrams",
      exact: true,
      known: 2,
      totals: measuresOf({ datagrams: 2 }),
      absentMax: measuresOf(),
      senders: [
        {
          sender: "10.0.0.1",
          datagrams: 1,
          lines: 1,
          bytes: 10,
          rejects: 1,
          newSeries: 0,
          lastPort: 4_321,
          firstSeen: 1_700_000_000,
          lastSeen: 1_700_000_000,
          rejected: { bad_value: 1 },
          lastReject: { reason: "bad_value", line: "a:x|c", time: 5 },
          exact: true,
          errorMax: measuresOf(),
        },
        expect.objectContaining({ sender: "::1", lastReject: null }),
      ],
    });
  });

  test("says where counts are estimates", async () => {
    const get = await serve({
      senders: () => ({
        ...reportOf(senderOf({ errorMax: measuresOf({ datagrams: 3 }) }), senderOf({ sender: "10.0.0.2" })),
        absentMax: measuresOf({ datagrams: 4 }),
      }),
    });
    expect(await (await get("/api/senders")).json()).toMatchObject({
      exact: false,
      absentMax: { datagrams: 4 },
      senders: [{ exact: false, errorMax: { datagrams: 3 } }, { exact: true }],
    });
  });

  test.each<[string, Measure, number]>([
    ["", "datagrams", 20],
    ["?sort=datagrams&limit=5", "datagrams", 5],
    ["?sort=lines", "lines", 20],
    ["?sort=bytes&limit=1000", "bytes", 1_000],
    ["?sort=rejects", "rejects", 20],
    ["?sort=new_series", "newSeries", 20],
    ["?sort=newSeries", "newSeries", 20],
  ])("with %j asks for the first by that measure", async (query, measure, limit) => {
    const asked: [Measure, number][] = [];
    const get = await serve({ senders: (...what) => (asked.push(what), reportOf()) });
    expect((await get(`/api/senders${query}`)).status).toBe(200);
    expect(asked).toEqual([[measure, limit]]);
  });

  test.each([
    "?sort=",
    "?sort=LINES",
    "?sort=toString",
    "?sort=lines&sort=bytes",
    "?limit=0",
    "?limit=-1",
    "?limit=1001",
    "?limit=1e2",
    "?limit=%201",
    "?limit=5&limit=6",
    "?limit=",
    "?sort_by=lines",
  ])("with %j is refused, and told what is possible", async (query) => {
    const answer = await (await serve({}))(`/api/senders${query}`);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(
      /sort is one of datagrams, lines|whole number from 1 to 1000|there are sort and limit/,
    );
  });
});

describe("/api/rejects", () => {
  test("answers the reasons, the most frequent first, with their meaning and their latest examples", async () => {
    const { ledger } = statusOf();
    const rejects = [
      { reason: "bad_value", line: "a:x|c", sender: "10.0.0.1:5", time: 9 },
      { reason: "no_colon", line: "abc", sender: "", time: 8 },
    ] as const;
    const status = () =>
      statusOf({ ledger: { ...ledger, rejected: { ...ledger.rejected, bad_value: 2, no_colon: 7 }, rejects } });
    const answer = (await (await (await serve({ status }))("/api/rejects")).json()) as {
      total: number;
      reasons: { reason: string }[];
      limitedTotal: number;
      limits: object[];
    };
    expect(answer).toMatchObject({ total: 9, limitedTotal: 1 });
    expect(answer.reasons.slice(0, 2)).toEqual([
      {
        reason: "no_colon",
        total: 7,
        help: expect.stringContaining("name:value|type"),
        examples: [{ line: "abc", sender: "", time: 8 }],
      },
      {
        reason: "bad_value",
        total: 2,
        help: expect.any(String),
        examples: [{ line: "a:x|c", sender: "10.0.0.1:5", time: 9 }],
      },
    ]);
    expect(answer.limits[0]).toEqual({ reason: "filter", total: 1, help: expect.any(String) });
    expect(answer.reasons.map(({ reason }) => reason).toSorted()).toEqual(Object.keys(ledger.rejected).toSorted());
  });
});

describe("the page", () => {
  test("lists senders and refused lines, and escapes what they sent", async () => {
    const { ledger } = statusOf();
    const get = await serve({
      senders: () => reportOf(senderOf({ lastReject: { reason: "bad_value", line: HOSTILE, time: 5 } })),
      status: () =>
        statusOf({
          ledger: { ...ledger, rejects: [{ reason: "bad_value", line: HOSTILE, sender: HOSTILE, time: 5 }] },
        }),
    });
    const page = await (await get("/")).text();
    expect(page).toContain("<h2>Senders</h2>");
    expect(page).toContain("10.0.0.1 (last port 4321)");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
    expect(page).not.toContain("<script>alert");
    expect(page).toContain("1970-01-01 00:00:05Z");
  });

  test("marks estimates", async () => {
    const get = await serve({
      senders: () => ({
        ...reportOf(senderOf({ datagrams: 1_234, errorMax: measuresOf({ datagrams: 1 }) })),
        absentMax: measuresOf({ datagrams: 1 }),
      }),
    });
    const page = await (await get("/")).text();
    expect(page).toContain("≥ 1,234");
    expect(page).toContain("more than 1 in all");
  });

  test("shows neither table before there is something to show", async () => {
    const { ledger } = statusOf();
    const zero = Object.fromEntries(
      Object.keys(ledger.rejected).map((reason) => [reason, 0]),
    ) as typeof ledger.rejected;
    const none = Object.fromEntries(Object.keys(ledger.limited).map((reason) => [reason, 0])) as typeof ledger.limited;
    const get = await serve({ status: () => statusOf({ ledger: { ...ledger, rejected: zero, limited: none } }) });
    const page = await (await get("/")).text();
    expect(page).not.toContain("<h2>Senders</h2>");
    expect(page).not.toContain("<h2>Rejected lines</h2>");
  });
});
