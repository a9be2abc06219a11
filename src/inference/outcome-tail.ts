/** Tokens as the end of a long JSON body counts them; -1: it does not say. */
export interface TailUsage {
  readonly prompt: number;
  readonly completion: number;
}

/** Servers write the usage behind what they have made, so it stands in the last few hundred bytes. */
export function usageInTail(tail: Uint8Array): TailUsage {
  const text = String.fromCharCode(...tail);
  const usage = text.slice(Math.max(0, text.lastIndexOf('"usage')));
  return {
    prompt: numberAfter(/"(?:prompt_tokens|input_tokens|promptTokenCount|prompt_eval_count)"\s*:\s*(\d+)/, usage),
    completion: numberAfter(/"(?:completion_tokens|output_tokens|candidatesTokenCount|eval_count)"\s*:\s*(\d+)/, usage),
  };
}

/** Whether the last byte that is not blank closes an object or a list. */
export function endsAsJson(tail: Uint8Array): boolean {
  for (let i = tail.length - 1; i >= 0; i--) {
    const byte = tail[i] ?? 0;
    if (byte === 0x7d || byte === 0x5d) return true;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return false;
}

function numberAfter(pattern: RegExp, text: string): number {
  const found = pattern.exec(text);
  return found === null ? -1 : Number(found[1]);
}
