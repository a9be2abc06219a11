/** A whole text in which each `*` of the pattern stands for anything. `flags`: such as `i`. */
export function glob(pattern: string, flags = ""): RegExp {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, flags);
}
