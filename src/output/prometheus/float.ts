/**
 * Numbers as Prometheus text. `le` and `quantile` texts are part of a series' identity, and Prometheus 3 rewrites them
 * to Go's `%g` with a decimal point (`1` becomes `1.0`, 1000000 becomes `1e+06`), so the canonical form is written from
 * the start: a series then has one identity in every format and for every server version.
 */

/** The text of a sample's value: JavaScript's shortest form, which Go's ParseFloat reads back to the same float64. */
export function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 64)`: shortest digits, an exponent when it is below -4 or above 5. */
export function goFloatText(value: number): string {
  if (!Number.isFinite(value)) return valueText(value);
  if (Object.is(value, -0)) return "-0";
  const [digits = "", exponentText = ""] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(value);
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The canonical text of `le` and `quantile`: as Go writes it, and always visibly a float (`1.0`, `1e+06`, `+Inf`). */
export function labelFloatText(value: number): string {
  const text = goFloatText(value);
  return /[.eIN]/.test(text) ? text : `${text}.0`;
}
