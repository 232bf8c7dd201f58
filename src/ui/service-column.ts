import { sanitizeLine } from '../core/sanitize.ts';
import { displayWidth, fit, pad } from './display-width.ts';
import type { Output } from './output.ts';

const colours = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'redBright',
  'cyanBright',
  'yellowBright',
] as const;

/**
 * The column of names in front of lines. It is as wide as the widest name so far, up to `limit` cells, and grows with a
 * wider one; a name keeps its colour.
 */
export class ServiceColumn {
  readonly #names: string[] = [];
  readonly #limit: number;
  readonly #isAlwaysShown: boolean;
  #cells = 0;

  constructor(
    names: readonly string[] = [],
    {
      limit = Infinity,
      isAlwaysShown = false,
    }: { readonly limit?: number; readonly isAlwaysShown?: boolean } = {},
  ) {
    this.#limit = limit;
    this.#isAlwaysShown = isAlwaysShown;
    this.expect(names);
  }

  /** True once lines of a log need a name in front of them. */
  get isShown(): boolean {
    return this.#isAlwaysShown || this.#names.length > 1;
  }

  /** Makes room for `names` before any of them has a line. */
  expect(names: readonly string[]): void {
    for (const name of names) {
      if (this.#names.includes(name)) continue;
      this.#names.push(name);
      this.#cells = Math.min(this.#limit, Math.max(this.#cells, displayWidth(sanitizeLine(name))));
    }
  }

  /** The width of a prefix in cells, its bar included. */
  get cells(): number {
    return this.#cells + 2;
  }

  prefix(name: string, style: Output['styleTalk']): string {
    this.expect([name]);
    const colour = colours[this.#names.indexOf(name) % colours.length] ?? 'cyan';
    return style(colour, `${pad(fit(sanitizeLine(name), this.#cells), this.#cells)} |`);
  }
}
