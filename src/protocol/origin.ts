import type { Origin } from "../model/origin.ts";

const LOCAL = "c:";
const EXTERNAL = "e:";
const CARDINALITY = "card:";
const INODE_MAX = 2n ** 64n - 1n;

/** Go's `strconv.ParseBool`. */
const YES = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const NO = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** The origin fields among others; of repeated ones the last counts. Undefined where there are none. */
export function parseOrigin(fields: readonly string[]): Origin | undefined {
  let [local, external, cardinality] = ["", "", ""];
  for (const field of fields) {
    if (field.startsWith(LOCAL)) local = field.slice(LOCAL.length);
    else if (field.startsWith(EXTERNAL)) external = field.slice(EXTERNAL.length);
    else if (field.startsWith(CARDINALITY)) cardinality = field.slice(CARDINALITY.length);
  }
  if (local === "" && external === "" && cardinality === "") return undefined;
  return { ...parseLocal(local), ...parseExternal(external), cardinality };
}

/**
 * `ci-<id>`, `in-<inode>`, or the older `cid-<id>` and `<id>`; of a list with commas only the first two forms count. What
 * is no inode is none (DogStatsD Agent, `origindetection.go`).
 */
function parseLocal(text: string): Pick<Origin, "containerId" | "containerInode"> {
  let [containerId, containerInode] = ["", ""];
  const isList = text.includes(",");
  for (const item of text.split(",")) {
    if (item.startsWith("ci-")) containerId = item.slice(3);
    else if (item.startsWith("in-")) containerInode = parseInode(item.slice(3));
    else if (!isList) containerId = item.startsWith("cid-") ? item.slice(4) : item;
  }
  return { containerId, containerInode };
}

/** An unsigned 64-bit number above 0, without leading zeros. */
function parseInode(text: string): string {
  if (!/^\d{1,40}$/.test(text)) return "";
  const inode = BigInt(text);
  return inode === 0n || inode > INODE_MAX ? "" : inode.toString();
}

/** `it-<bool>`, `cn-<container name>`, `pu-<pod uid>` in any order; others are passed over. */
function parseExternal(text: string): Pick<Origin, "containerName" | "podUid" | "isInitContainer"> {
  let [containerName, podUid] = ["", ""];
  let isInitContainer: boolean | undefined;
  for (const item of text.split(",")) {
    if (item.startsWith("cn-")) containerName = item.slice(3);
    else if (item.startsWith("pu-")) podUid = item.slice(3);
    else if (item.startsWith("it-")) isInitContainer = parseBool(item.slice(3));
  }
  return { containerName, podUid, isInitContainer };
}

function parseBool(text: string): boolean | undefined {
  if (YES.has(text)) return true;
  return NO.has(text) ? false : undefined;
}
