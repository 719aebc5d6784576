/** Two records as a Datadog Agent of version 7 wrote them, with its header, closing mark and empty state. */
const LINE =
  "statsd.example.time.micros:2.39283|d|@1.000000|#environment:dev|c:2a25f7fc8fbf573d62053d7263dd2d440c07b6ab4d2b107e50b0d4df1f2ee15f\n";

export const AGENT_PAYLOADS: readonly string[] = [LINE, LINE];
export const AGENT_TIMES_NS: readonly bigint[] = [1_692_823_177_480_253_700n, 1_692_823_178_271_749_279n];

export const AGENT_FILE: Uint8Array = Buffer.concat([
  Buffer.from("d474d060f3ff0000", "hex"),
  Buffer.from("930000000884e2888ae0b687bf171083011a8301", "hex"),
  Buffer.from(LINE),
  Buffer.from("93000000089fe9bd83e3b687bf171083011a8301", "hex"),
  Buffer.from(LINE),
  Buffer.from("0000000000000000", "hex"),
]);
