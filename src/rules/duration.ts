import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

const UNITS = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const LONGEST_MS = 366 * 86_400_000;

/** A length of time, in milliseconds; above 0, at most a year. */
export const duration = text("write a time such as `30m`", (written): Read<number> => {
  const [, number = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(written) ?? [];
  const milliseconds = Number(number) * (UNITS.get(unit) ?? 0);
  if (number === "") {
    const repair = /^\d+$/.test(written) ? `\`${written}m\` or \`${written}h\`` : "`30s`, `10m`, `2h` or `1d`";
    return {
      kind: "wrong",
      message: `${shown(written)} is no length of time: write one with its unit, such as ${repair}.`,
    };
  }
  if (milliseconds < 1 || milliseconds > LONGEST_MS) {
    return {
      kind: "wrong",
      message: `${shown(written)} is ${milliseconds < 1 ? "no time at all" : "more than a year"}: write a time such as \`30m\`.`,
    };
  }
  return { kind: "ok", value: milliseconds };
}).meta({ only: "string", pattern: "^[0-9]+(\\.[0-9]{1,3})?[smhd]$" });
