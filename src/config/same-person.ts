/**
 * Whether two names are of one person, as far as names tell. Case, ways to write one letter in Unicode, spaces and characters
 * that nobody sees make no second person.
 */
export function samePerson(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(name: string): string {
  const letters = name.normalize("NFKC").replaceAll(/[\p{C}\p{M}\p{Z}]/gu, "");
  return letters.toUpperCase().toLowerCase().normalize("NFKC");
}
