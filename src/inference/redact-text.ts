/** What is looked for in texts that people wrote, and replaced. */
export const DETECTORS = ["email", "card", "phone", "key"] as const;

export type Detector = (typeof DETECTORS)[number];

/**
 * Puts `[email]`, `[card]`, `[phone]` and `[key]` in the place of what looks like one. These are guesses: they miss what is written in
 * other ways, and take some things for what they are not. The time they need grows with the text and not faster.
 */
export function redactText(text: string, detectors: readonly Detector[]): string {
  let redacted = text;
  // Keys first: there are digits in them. Cards before telephones: both are digits, and only one has a check digit.
  if (detectors.includes("key")) redacted = withoutKeys(redacted);
  if (detectors.includes("email")) redacted = withoutEmails(redacted);
  if (detectors.includes("card")) redacted = redacted.replace(DIGITS, withoutCards);
  if (detectors.includes("phone")) redacted = redacted.replace(PHONE, withoutPhone);
  return redacted;
}

// ─── keys and tokens ─────────────────────────────────────────────────────────────────────────────────────────────────

/** As those who hand keys out mark them, so that they can be found. */
const MARKED_KEYS = [
  /\bsk-[\w-]{16,300}/g, // OpenAI, Anthropic, Stripe (sk_ below)
  /\b(?:sk|pk|rk)_(?:live|test)_\w{10,300}/g,
  /\bgh[opsur]_\w{20,300}/g,
  /\bgithub_pat_\w{20,300}/g,
  /\bglpat-[\w-]{16,300}/g,
  /\bhf_\w{20,300}/g,
  /\bnpm_\w{30,300}/g,
  /\bxox[abeoprs]-[\w-]{10,300}/g,
  /\bA(?:KIA|SIA)[0-9A-Z]{16}\b/g,
  /\bAIza[\w-]{35}/g,
  /\bya29\.[\w-]{20,300}/g,
  /\beyJ[\w-]{8,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,1000})?/g, // JSON Web Tokens
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
];
/** What stands behind a word that says that a secret follows. */
const NAMED_KEY =
  /\b((?:api|access|secret|private|auth)[ _-]?(?:key|token)|client[_-]?secret|secret|passw(?:or)?d)(["']?\s{0,4}[:=]\s{0,4}["']?)([^\s"',;&]{6,300})/gi;
const BEARER = /\b(bearer\s{1,4})((?=[\w.~+/-]{0,200}\d)[\w.~+/=-]{8,4000})/gi;
const LOGIN_IN_URL = /:\/\/[^\s/@"']{1,300}@/g;

function withoutKeys(text: string): string {
  let redacted = text;
  for (const marked of MARKED_KEYS) redacted = redacted.replace(marked, "[key]");
  redacted = redacted.replace(BEARER, "$1[key]");
  redacted = redacted.replace(NAMED_KEY, (whole, name: string, between: string, value: string) =>
    value.startsWith("[key]") ? whole : `${name}${between}[key]`,
  );
  return redacted.replace(LOGIN_IN_URL, "://[key]@");
}

// ─── e-mail addresses ────────────────────────────────────────────────────────────────────────────────────────────────

const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;
const LOCAL = /[\p{L}\p{N}\p{M}.!#$%&'*+/=?^_`{|}~-]+$/u;
const DOMAIN = /^[\p{L}\p{N}\p{M}-]+(?:\.[\p{L}\p{N}\p{M}-]+)+/u;

/** From each `@` outward: what is before it need not be looked through from every place. */
function withoutEmails(text: string): string {
  let redacted = "";
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const local = LOCAL.exec(text.slice(Math.max(from, at - LONGEST_LOCAL), at))?.[0];
    const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + LONGEST_DOMAIN))?.[0];
    if (local === undefined || domain === undefined) continue;
    redacted += `${text.slice(from, at - local.length)}[email]`;
    from = at + 1 + domain.length;
    at = from - 1;
  }
  return from === 0 ? text : redacted + text.slice(from);
}

// ─── cards ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Digits, also in groups with one space, dash or point between; long enough for a card. */
const DIGITS = /(?<!\d)\d(?:[ \u00a0.-]?\d){12,}(?!\d)/g;

/** Payment cards begin so and have 13 to 19 digits (ISO/IEC 7812-1), of which the last is a check digit. */
const CARD = /^[2-6]\d{12,18}$/;
const LONGEST_CARD = 19;

/** A card is one or several whole groups of a run of digits; the longest that it can be. */
function withoutCards(run: string): string {
  const groups = run.split(/([ \u00a0.-])/);
  const kept: string[] = [];
  for (let first = 0; first < groups.length; first += 2) {
    const last = lastOfCard(groups, first);
    kept.push(last === undefined ? (groups[first] ?? "") : "[card]");
    first = last ?? first;
    if (first + 1 < groups.length) kept.push(groups[first + 1] ?? "");
  }
  return kept.join("");
}

/** The last group of the card that begins with group `first`; undefined: none does. */
function lastOfCard(groups: readonly string[], first: number): number | undefined {
  let digits = "";
  let found: number | undefined;
  for (let last = first; last < groups.length && digits.length < LONGEST_CARD; last += 2) {
    digits += groups[last];
    if (CARD.test(digits) && hasCheckDigit(digits)) found = last;
  }
  return found;
}

/** Luhn's formula (ISO/IEC 7812-1, annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

// ─── telephone numbers ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * With `+` or 00 and the country (E.164: up to 15 digits); with a leading 0 and a separator; or by tens as in North America. Without
 * any of it, digits are digits.
 */
const PHONE =
  /(?<![\w.+-])(?:(?:\+|00)[1-9](?:[ \u00a0.()/-]{0,3}\d){6,14}|\(?0\d{1,5}\)?[ \u00a0/-]{1,3}\d(?:[ \u00a0-]?\d){4,9}|(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4})(?!\w)/g;
const DATE = /^0?\d{1,2}[ ./-]\d{1,2}[ ./-]\d{2,4}$/;

function withoutPhone(found: string): string {
  return DATE.test(found) ? found : "[phone]";
}
