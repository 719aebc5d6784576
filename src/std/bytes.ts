const UNIT_BYTES = new Map([
  ["", 1],
  ["B", 1],
  ["kB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB|)$/;

/** Bytes of a text such as `4MiB`, `64KiB`, `1.5MB` or `4096`; whole bytes only. Undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (UNIT_BYTES.get(match[2] ?? "") ?? 0);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `4MiB`, `1.5KiB`, `512B`: for people, at most one decimal. */
export function formatBytes(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const size = UNIT_BYTES.get(unit) ?? 1;
    if (bytes >= size) return `${Math.round((bytes / size) * 10) / 10}${unit}`;
  }
  return `${bytes}B`;
}
