/** Bytes [start, end) of a body, or chars of a path or query. */
export interface Place {
  readonly start: number;
  readonly end: number;
}
