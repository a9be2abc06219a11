import type { Dice } from "../../../../src/demo/dice.ts";

import {
  BAD_CHUNKS,
  type Choices,
  EDGE_LINES,
  EXTENSIONS,
  METHODS,
  PLAIN_LINES,
  SPECIALS,
  STATUS_LINES,
  TARGETS,
  TRAILERS,
  VERSIONS,
} from "./words.ts";

/** The text of a connection's worth of requests: mostly good, some subtly bad, some mangled. One char per byte. */
export function requests(dice: Dice): string {
  let text = "";
  for (let left = dice.between(1, 3); left > 0; left--) text += request(dice);
  return mangled(dice, text);
}

/** The text of one answer, perhaps with 1xx before it and something after it. */
export function answers(dice: Dice): string {
  let text = "";
  if (rarely(dice, 10))
    text += `HTTP/1.1 ${dice.pick(["100", "102", "103"])} X\r\n${rarely(dice, 3) ? "Link: a\r\n" : ""}\r\n`;
  const body = framed(dice);
  text += `${rarely(dice, 4) ? dice.pick(STATUS_LINES) : "HTTP/1.1 200 OK"}\r\n${fields(dice, body.line)}\r\n${body.text}`;
  if (rarely(dice, 12)) text += dice.pick(["x", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"]);
  return mangled(dice, text);
}

function request(dice: Dice): string {
  const body = framed(dice);
  const method = usual(dice, METHODS, 8);
  const version = rarely(dice, 20) ? dice.pick(VERSIONS) : usual(dice, ["HTTP/1.1", "HTTP/1.0"], 4);
  const host = rarely(dice, 25) ? "" : `Host: ${dice.pick(["a", "a.test:80", "[::1]", "a_b", "0.0.0.0=1"])}\r\n`;
  const before = rarely(dice, 20) ? dice.pick(["\r\n", "\r\n\r\n", "\n", " "]) : "";
  return `${before}${method} ${usual(dice, TARGETS, 5)} ${version}\r\n${host}${fields(dice, body.line)}\r\n${body.text}`;
}

/** The first choice most of the time. */
function usual(dice: Dice, choices: Choices, oneIn: number): string {
  return rarely(dice, oneIn) ? dice.pick(choices) : choices[0];
}

function rarely(dice: Dice, oneIn: number): boolean {
  return dice.roll() * oneIn < 1;
}

function fields(dice: Dice, framing: string): string {
  const lines: string[] = framing === "" ? [] : [framing];
  for (let left = dice.between(0, 4); left > 0; left--) lines.push(dice.pick(PLAIN_LINES));
  if (rarely(dice, 3)) lines.push(dice.pick(EDGE_LINES));
  if (rarely(dice, 10)) lines.push(dice.pick(EDGE_LINES));
  // A shuffle that need not be fair.
  lines.sort(() => dice.roll() - 0.5);
  return lines.map((line) => `${line}\r\n`).join("");
}

/** A body with the line that frames it. */
function framed(dice: Dice): { line: string; text: string } {
  const kind = dice.between(0, 9);
  if (kind < 3) return { line: "", text: "" };
  const data = "hello GET / HTTP/1.1\r\n\r\n0\r\n\r\n".slice(0, dice.between(0, 30));
  if (kind < 6) return { line: `Content-Length: ${data.length}`, text: data };
  return { line: dice.pick(["Transfer-Encoding: chunked", "transfer-encoding:CHUNKED"]), text: chunks(dice) };
}

function chunks(dice: Dice): string {
  let text = "";
  for (let left = dice.between(0, 4); left > 0; left--) {
    if (rarely(dice, 40)) text += dice.pick(BAD_CHUNKS);
    const data = "abc\r\n0\r\n\r\nxyz0123456789".slice(0, dice.between(1, 22));
    const size = data.length.toString(16);
    text += `${rarely(dice, 4) ? size.toUpperCase().padStart(dice.between(1, 6), "0") : size}${extension(dice)}\r\n${data}\r\n`;
  }
  text += `${dice.pick(["0", "0", "000"])}${extension(dice)}\r\n`;
  for (let left = rarely(dice, 4) ? dice.between(1, 2) : 0; left > 0; left--) text += `${usual(dice, TRAILERS, 2)}\r\n`;
  return `${text}\r\n`;
}

function extension(dice: Dice): string {
  return rarely(dice, 6) ? dice.pick(EXTENSIONS) : "";
}

/** The text with up to three small wounds; often with none. */
function mangled(dice: Dice, text: string): string {
  let result = text;
  for (let left = dice.between(0, 5) - 2; left > 0; left--) {
    const at = dice.between(0, result.length);
    const until = Math.min(result.length, at + dice.between(1, 4));
    const middle = [
      () => dice.pick(SPECIALS) + result.slice(at, until),
      () => dice.pick(SPECIALS),
      () => "",
      () => result.slice(at, until).repeat(2),
      () => String.fromCharCode(dice.between(0, 255)),
      () => swappedCase(result.slice(at, until)),
    ][dice.between(0, 5)];
    result = result.slice(0, at) + (middle?.() ?? "") + result.slice(until);
  }
  return result;
}

function swappedCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => (letter >= "a" ? letter.toUpperCase() : letter.toLowerCase()));
}

/** Where to cut a text of that length: nowhere, once, in a few places or everywhere. Rising. */
export function cuts(dice: Dice, length: number): number[] {
  const kind = dice.between(0, 15);
  if (kind === 15) return Array.from({ length }, (_, i) => i);
  const places = Array.from({ length: kind >> 2 }, () => dice.between(0, length));
  return places.sort((a, b) => a - b);
}
