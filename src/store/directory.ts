/** Whose an API key is, and of which type they are; undefined: that is not written. */
export interface KeyOwner {
  readonly customer: string;
  readonly type: string | undefined;
}

/** One value for each that was asked for, in that order; undefined: it is not in the directory. */
export type DirectoryAnswers<T> =
  | { readonly kind: "found"; readonly values: readonly (T | undefined)[] }
  | { readonly kind: "unavailable"; readonly why: string };

/**
 * Who the customers are. Ids and types are byte strings, see `toBytes`. No method rejects; trouble is a result, and its `why`
 * never has a password or a key in it.
 */
export interface Directory {
  /** By the SHA-256 of their API keys in lower-case hex; the keys themselves are nowhere. At most 1000 at once. */
  owners(digests: readonly string[]): Promise<DirectoryAnswers<KeyOwner>>;
  /** By their ids; at most 1000 at once. */
  types(customers: readonly string[]): Promise<DirectoryAnswers<string>>;
  close(): void;
}
