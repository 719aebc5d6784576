/**
 * The names in a certificate's `subjectaltname`, as Node.js writes them: `DNS:a.example, IP Address:10.0.0.1, URI:…`. A
 * value that could be taken for several is a JSON string there, so commas inside of quotes separate nothing.
 */
export function namesOf(subjectAltName: string | undefined): string[] {
  const names: string[] = [];
  for (const [, quoted, plain] of (subjectAltName ?? "").matchAll(
    /(?:^|, )[A-Za-z ]+:(?:("(?:[^"\\]|\\.)*")|([^,"]*))/g,
  )) {
    if (quoted !== undefined) names.push(unquote(quoted));
    else if (plain !== undefined) names.push(plain);
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
