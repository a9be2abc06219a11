/** From the one who only looks to the one who may do everything; each may do what those before it may. */
export const ROLES = ["viewer", "editor", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` may do what is for `needed` and above; all may what is for anyone. */
export function reaches(role: Role, needed: Role | "anyone"): boolean {
  if (needed === "anyone") return true;
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
