/**
 * Text of others as a terminal may have it: control characters, which it would obey, and those that turn the direction of writing,
 * which would show another text than there is, as their numbers.
 */
export function plain(text: string): string {
  return text.replaceAll(HIDDEN, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`);
}

const HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
