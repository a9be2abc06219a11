import { murmur3 } from "../routing/bucket.ts";
import { type Dice, seededDice } from "./dice.ts";

const DIMENSIONS = 32;
const SENTENCES = [
  "A canary release sends a small share of the traffic to a new version first.",
  "If it does well the share grows, and if it does not the traffic is cut.",
  "Nobody has to roll back a deployment for that.",
  "The same customer keeps getting the same version while the share stays.",
  "Widening the share never takes the new version away from anybody.",
] as const;

/** An answer's text, token by token. It tells the version, so that a reader sees who answered. */
export function answerTokens(version: string, dice: Dice, maxTokens = Number.POSITIVE_INFINITY): string[] {
  const sentences = [`This is version ${version}.`, dice.pick(SENTENCES), dice.pick(SENTENCES)];
  return (sentences.join(" ").match(/\s?\S+/g) ?? []).slice(0, maxTokens);
}

/** About four characters to a token, as English has. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** A unit vector that depends on the version and the text alone. */
export function embeddingOf(version: string, text: string): number[] {
  const dice = seededDice(murmur3(`${version}:${text}`));
  const raw = Array.from({ length: DIMENSIONS }, () => dice.roll() - 0.5);
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
}

/** The form the `openai` package asks for by itself: little-endian 32-bit floats in base64. */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString("base64");
}
