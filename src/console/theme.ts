import { signal } from "@preact/signals";

const KEY = "canary-theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

/** As the person likes it; `system` follows the machine. */
export const theme = signal<Theme>(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? "system");

/** Makes the page look like it. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

/** The next one: system, light, dark, and around. */
export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  localStorage.setItem(KEY, theme.value);
  applyTheme();
}
