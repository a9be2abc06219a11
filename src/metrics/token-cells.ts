import type { Generated } from "../routing/outcome.ts";
import { type Histogram, histogram, observe, REQUEST_SECONDS, TOKEN_SECONDS } from "./histogram.ts";

/** What model servers have said about the answers of a version. */
export interface TokenCells {
  input: number;
  output: number;
  /** Streams only: from the request's head to the first token. */
  readonly first: Histogram;
  /** Streams only: from one token to the next, the mean of each answer. */
  readonly each: Histogram;
}

export function tokenCells(): TokenCells {
  return { input: 0, output: 0, first: histogram(REQUEST_SECONDS), each: histogram(TOKEN_SECONDS) };
}

/** `duration`: of the whole exchange, in ms. */
export function countTokens(into: TokenCells, generated: Generated, duration: number): void {
  const { promptTokens, completionTokens, firstToken } = generated;
  if (promptTokens > 0) into.input += promptTokens;
  if (completionTokens > 0) into.output += completionTokens;
  if (firstToken < 0) return;
  observe(into.first, firstToken);
  if (completionTokens > 1) observe(into.each, (duration - firstToken) / (completionTokens - 1));
}
