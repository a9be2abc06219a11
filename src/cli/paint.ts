/** Colours, where a person looks at the output. */
export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** None when it is not a terminal, or `NO_COLOR` asks for none. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const on = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const with_ = (code: number) => (text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: with_(CODES.bold),
    dim: with_(CODES.dim),
    red: with_(CODES.red),
    green: with_(CODES.green),
    yellow: with_(CODES.yellow),
    cyan: with_(CODES.cyan),
  };
}
