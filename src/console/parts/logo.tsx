/** One line goes on, another leaves it. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="24" height="24" fill="none" aria-hidden="true">
      <path d="M4 22h24" stroke="var(--stable)" stroke-width="4" stroke-linecap="round" />
      <path d="M4 22c9 0 9-12 18-12h6" stroke="var(--candidate)" stroke-width="4" stroke-linecap="round" />
    </svg>
  );
}
