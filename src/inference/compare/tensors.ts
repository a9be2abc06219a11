import { compareJson } from "./json.ts";
import { excerpt, type Likeness } from "./likeness.ts";

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: string;
  readonly data: unknown;
}

/**
 * The outputs of two answers of the Open Inference Protocol v2 (KServe, Triton, MLServer): the same names, types and shapes, and
 * values that are near. undefined: one is no such answer, or has its data elsewhere (the binary extension).
 */
export function compareTensors(primary: unknown, shadow: unknown, tolerance: number): Likeness | undefined {
  const [as, bs] = [tensorsOf(primary), tensorsOf(shadow)];
  if (as === undefined || bs === undefined) return undefined;
  let similarity = 0;
  let difference: Likeness["difference"];
  for (const name of new Set([...as.keys(), ...bs.keys()])) {
    const [a, b] = [as.get(name), bs.get(name)];
    const where = `output ${name}`;
    if (a === undefined || b === undefined || a.datatype !== b.datatype || a.shape !== b.shape) {
      difference ??= { where, primary: formOf(a), shadow: formOf(b) };
      continue;
    }
    const data = compareJson(flat(a.data), flat(b.data), { tolerance, ignore: [] });
    similarity += data.similarity;
    if (data.difference !== undefined) difference ??= { ...data.difference, where: `${where}${data.difference.where}` };
  }
  const outputs = new Set([...as.keys(), ...bs.keys()]).size;
  return {
    agrees: difference === undefined,
    similarity: outputs === 0 ? 1 : similarity / outputs,
    difference,
  };
}

function formOf(tensor: Tensor | undefined): string {
  return tensor === undefined ? "nothing" : excerpt(`${tensor.datatype} ${tensor.shape}`);
}

/** By name. */
function tensorsOf(answer: unknown): ReadonlyMap<string, Tensor> | undefined {
  if (typeof answer !== "object" || answer === null || !("outputs" in answer) || !Array.isArray(answer.outputs)) {
    return undefined;
  }
  const tensors = new Map<string, Tensor>();
  for (const output of answer.outputs) {
    if (typeof output !== "object" || output === null) return undefined;
    const { name, datatype, shape, data } = output;
    if (typeof name !== "string" || !Array.isArray(data)) return undefined;
    tensors.set(name, { name, datatype: String(datatype), shape: JSON.stringify(shape) ?? "", data });
  }
  return tensors;
}

/** Row by row or nested: the protocol allows both for one tensor. */
function flat(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data.flat(Number.POSITIVE_INFINITY) : [data];
}
