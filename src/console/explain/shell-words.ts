/**
 * A shell line's words: quotes taken away, lines that end in a backslash joined. Nothing is expanded. Knows what browsers
 * and documentation write: single and double quotes, `$'…'`, backslashes, and the `^` with which cmd.exe goes on.
 */
export function shellWords(line: string): readonly string[] {
  const text = line.replaceAll(/(\\|\^)\r?\n/g, " ");
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const piece = pieceAt(text, at);
    at += piece.length;
    if (piece.kind === "space") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + piece.text;
  }
  return word === undefined ? words : [...words, word];
}

type Piece =
  | { readonly kind: "space"; readonly length: number }
  | { readonly kind: "text"; readonly text: string; readonly length: number };

function pieceAt(text: string, at: number): Piece {
  const rest = text.slice(at);
  const space = /^\s+/.exec(rest);
  if (space !== null) return { kind: "space", length: space[0].length };
  const [whole, inside] = /^'([^']*)(?:'|$)/.exec(rest) ?? [];
  if (whole !== undefined && inside !== undefined) return { kind: "text", text: inside, length: whole.length };
  const [escaped, cInside] = /^\$'((?:[^'\\]|\\[\s\S])*)(?:'|$)/.exec(rest) ?? [];
  if (escaped !== undefined && cInside !== undefined) {
    return { kind: "text", text: unescaped(cInside), length: escaped.length };
  }
  const [double, doubleInside] = /^"((?:[^"\\]|\\[\s\S])*)(?:"|$)/.exec(rest) ?? [];
  if (double !== undefined && doubleInside !== undefined) {
    return { kind: "text", text: doubleInside.replaceAll(/\\(["\\$`])/g, "$1"), length: double.length };
  }
  if (rest[0] === "\\") return { kind: "text", text: rest[1] ?? "", length: 2 };
  const plain = /^(?:[^\s'"\\$]|\$(?!'))+/.exec(rest)?.[0] ?? rest.slice(0, 1);
  return { kind: "text", text: plain, length: plain.length };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([\s\S]))/g,
    (_, u?: string, x?: string, one = "") => {
      const code = u ?? x;
      return code === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}
