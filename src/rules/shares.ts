import { shown } from "./rule-error.ts";
import { type Read, text } from "./schema.ts";

/** A share as it is written → 0–10000 points of 0.01 %. */
export function readShare(written: string): Read<number> {
  const [, sign, whole = "", decimals = "", percent] = /^([-+]?)(\d{1,9})(?:\.(\d{1,20}))?(\s*%)?$/.exec(written) ?? [];
  if (whole === "") return wrong(`${shown(written)} is no share: write a percentage such as \`5%\` or \`0.25%\`.`);
  const number = decimals === "" ? whole : `${whole}.${decimals}`;
  if (percent === undefined) return wrong(`The share ${shown(written)} has no % sign: write ${withSign(number)}.`);
  if (sign !== "") return wrong(`The share ${shown(written)} has a sign: write one from \`0%\` to \`100%\`.`);
  if (percent !== "%") return wrong(`The share ${shown(written)} has a space in it: write \`${number}%\`.`);
  if (decimals.length > 2) {
    return wrong(`The share ${shown(written)} is finer than 0.01%: write \`${whole}.${decimals.slice(0, 2)}%\`.`);
  }
  const points = Number(whole) * 100 + Number(decimals.padEnd(2, "0"));
  if (points > 10_000) return wrong(`The share ${shown(written)} is more than everything: write \`100%\` or less.`);
  return { kind: "ok", value: points };
}

export const share = text("write a percentage such as `5%`", readShare).meta({
  only: "string",
  pattern: "^[0-9]+(\\.[0-9]{1,2})?%$",
});

/** 5 → `5%`; points are 0.01 %. */
export function shareText(points: number): string {
  return `${points / 100}%`;
}

/** Who writes 0.05 may mean 5 % or 0.05 %. */
function withSign(number: string): string {
  const asFraction = Number(number) * 100;
  if (Number(number) <= 0 || Number(number) > 1 || number === "1") return `\`${number}%\``;
  return `\`${number}%\`, or \`${Number(asFraction.toFixed(2))}%\` if a fraction was meant`;
}

function wrong(message: string): Read<number> {
  return { kind: "wrong", message };
}
