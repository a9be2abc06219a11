import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

const NUMBER = /^\d{1,6}(\.\d{1,6})?$/;

/** A percentage between two, as a part: 0 to 1. */
export function percentage(about: string, least: number, most: number, example: string) {
  const read = (written: string): Read<number> => {
    const number = written.endsWith("%") ? written.slice(0, -1) : "";
    const percent = NUMBER.test(number) ? Number(number) : Number.NaN;
    // In steps that a decimal number has: 99.9 / 100 is not 0.999.
    if (percent >= least && percent <= most) return { kind: "ok", value: Number((percent / 100).toFixed(8)) };
    return {
      kind: "wrong",
      message: `${shown(written)} cannot stand here: write one from \`${least}%\` to \`${most}%\`, such as \`${example}\`.`,
    };
  };
  return text(`write a percentage such as \`${example}\``, read)
    .meta({ only: "string", pattern: "^[0-9]+(\\.[0-9]+)?%$" })
    .optional()
    .describe(about);
}
