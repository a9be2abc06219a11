/** How a body ends, where it is not a length of 0 or more. */
export const NO_BODY = -1;
export const CHUNKED = -2;
export const UNTIL_CLOSE = -3;

/** What a head may measure. */
export interface HeadLimits {
  /** Bytes, first line and empty line included. */
  readonly maxHead: number;
  readonly maxFields: number;
}
