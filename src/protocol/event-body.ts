import { decodeFields, decodeText } from "./text.ts";

const PIPE = 0x7c;

/** Title and text of an event as they are on the wire, and what comes behind them. */
export interface EventBody {
  readonly title: string;
  readonly text: string;
  /** What stands from the end of the text on, cut at pipes: the first is mostly empty. */
  readonly fields: readonly string[];
  /** True where the lengths were counted in characters. */
  readonly isMended: boolean;
}

/**
 * Cuts `title|text…` by the lengths that an event announces. They are UTF-8 bytes; but several clients count characters
 * (UTF-16 units in JavaScript, Java and C#, code points in Python), which is less as soon as one is not ASCII. Where the
 * bytes do not end at a pipe, as they must, and the characters do, the characters are meant.
 *
 *     _e{3,2}:été|ok          3 bytes end inside of the title, 3 characters at its end
 *             ^^^ ^^
 *
 * Where neither ends at pipes the bytes count: the Agent does not look either. Undefined where the line is shorter than
 * the lengths say.
 */
export function cutEventBody(bytes: Uint8Array, titleLength: number, textLength: number): EventBody | undefined {
  const textStart = titleLength + 1;
  const textEnd = textStart + textLength;
  const endsAtPipes = bytes[titleLength] === PIPE && (textEnd === bytes.length || bytes[textEnd] === PIPE);
  const mended = endsAtPipes ? undefined : cutByCharacters(bytes, titleLength, textLength);
  if (mended !== undefined) return mended;
  if (textEnd > bytes.length) return undefined;
  return {
    title: decodeText(bytes.subarray(0, titleLength)),
    text: decodeText(bytes.subarray(textStart, textEnd)),
    fields: decodeFields(bytes.subarray(textEnd)),
    isMended: false,
  };
}

function cutByCharacters(bytes: Uint8Array, titleLength: number, textLength: number): EventBody | undefined {
  const whole = decodeText(bytes);
  // One unit a byte: all of it is ASCII, where characters are bytes.
  if (whole.length === bytes.length) return undefined;
  return (
    cutAt(whole, titleLength, titleLength + 1 + textLength) ??
    cutAt(whole, pointIndex(whole, titleLength), pointIndex(whole, titleLength + 1 + textLength))
  );
}

function cutAt(whole: string, titleEnd: number, textEnd: number): EventBody | undefined {
  if (whole[titleEnd] !== "|" || (textEnd !== whole.length && whole[textEnd] !== "|")) return undefined;
  const fields = whole.slice(textEnd).split("|");
  return { title: whole.slice(0, titleEnd), text: whole.slice(titleEnd + 1, textEnd), fields, isMended: true };
}

/** The index in `text` that is `points` code points from its start; beyond the end where there are fewer. */
function pointIndex(text: string, points: number): number {
  let at = 0;
  for (let left = points; left > 0; left--) {
    if (at >= text.length) return text.length + 1;
    at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  }
  return at;
}
