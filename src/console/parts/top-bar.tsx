import { place } from "../navigation.ts";
import { PAGES, pageOf } from "../pages.ts";
import { nextTheme, theme } from "../theme.ts";
import { Button } from "./button.tsx";
import { Logo } from "./logo.tsx";
import { Who } from "./who.tsx";
import "./top-bar.css";

/** The name, the pages, and who is here. */
export function TopBar() {
  const here = pageOf(place.value.path);
  return (
    <header class="top-bar">
      <a class="brand" href="/" aria-label="canary-router, to the overview">
        <Logo />
        <span>canary-router</span>
      </a>
      <nav aria-label="Pages">
        {PAGES.map((page) => (
          <a key={page.path} href={page.path} aria-current={page === here ? "page" : undefined}>
            {page.title}
          </a>
        ))}
      </nav>
      <div class="corner">
        <Button look="quiet" label={`Colours: ${theme.value}. Change`} onClick={nextTheme}>
          {{ system: "◐", light: "☀", dark: "☾" }[theme.value]}
        </Button>
        <Who />
      </div>
    </header>
  );
}
