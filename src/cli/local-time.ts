/** To the second, by the clock of whoever looks. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
