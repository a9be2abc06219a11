import { compareJson } from "./json.ts";
import type { Likeness } from "./likeness.ts";

/**
 * The `predictions` of two answers (MLflow, TensorFlow Serving), one by one: the same labels, numbers that are near. `similarity`
 * is the part of the rows that agree. undefined: one has none.
 */
export function compareLabels(primary: unknown, shadow: unknown, tolerance: number): Likeness | undefined {
  const [as, bs] = [predictionsOf(primary), predictionsOf(shadow)];
  if (as === undefined || bs === undefined) return undefined;
  const rows = Math.max(as.length, bs.length);
  let same = 0;
  let difference: Likeness["difference"];
  for (let i = 0; i < rows; i++) {
    const row = compareJson(as[i], bs[i], { tolerance, ignore: [] });
    if (row.difference === undefined) same++;
    else difference ??= { ...row.difference, where: `prediction ${i + 1}` };
  }
  return { agrees: difference === undefined, similarity: rows === 0 ? 1 : same / rows, difference };
}

function predictionsOf(answer: unknown): readonly unknown[] | undefined {
  if (typeof answer !== "object" || answer === null || !("predictions" in answer)) return undefined;
  const { predictions } = answer;
  return Array.isArray(predictions) ? predictions : [predictions];
}
