/** Numbers as people read them. */

const SPACE = "\u00a0";

/** `85 ms`, `1.24 s`; a dash where there is none. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 9.95) return `${ms.toFixed(1)}${SPACE}ms`;
  if (ms < 999.5) return `${Math.round(ms)}${SPACE}ms`;
  return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)}${SPACE}s`;
}

/** A share from 0 to 1: `5 %`, `0.12 %`. */
export function percent(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return "–";
  const points = share * 100;
  const digits = points === 0 || points >= 99.95 ? 0 : points < 1 ? 2 : points < 10 ? 1 : 0;
  return `${Number(points.toFixed(digits))}${SPACE}%`;
}

/** How many a second. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return "0";
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en");
}

/** `40 s`, `12 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds}${SPACE}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes}${SPACE}min`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours}${SPACE}h` : `${Math.round(hours / 24)} days`;
}

/** The hour where it was today, else the day too. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}
