/**
 * A map that forgets what was not asked for longest, roughly: the last `most` entries that were set or asked for are in
 * it, and never more than twice as many. Asking for a fresh entry is one look-up.
 */
export class Remembered<T> {
  private readonly most: number;
  private young = new Map<string, T>();
  private old = new Map<string, T>();

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: string): T | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const aged = this.old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: string, value: T): void {
    this.old.delete(key);
    this.young.set(key, value);
    if (this.young.size < this.most) return;
    this.old = this.young;
    this.young = new Map();
  }

  delete(key: string): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
