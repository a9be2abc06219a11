import { modalityOfPath, stateful, statefulInBody } from "../inference/asked.ts";

interface OnPath {
  readonly modality: string;
  readonly stateful: boolean;
  readonly statefulInBody: boolean;
}

/** Paths are few and finding out what each means is not free; a flood of made-up ones only costs that. */
const remembered = new Map<string, OnPath>();
const MAX_REMEMBERED = 1_000;

/** What a path tells by itself. */
export function onPath(path: string): OnPath {
  let known = remembered.get(path);
  if (known === undefined) {
    known = { modality: modalityOfPath(path), stateful: stateful(path), statefulInBody: statefulInBody(path) };
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(path, known);
  }
  return known;
}
