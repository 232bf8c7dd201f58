/**
 * Follows the links that a container has on the way to a path, as the kernel there does. A link that the sources
 * themselves have at that path is replaced, not followed.
 */
import path from 'node:path';

/** A longer chain of links is a loop. */
const mostLinks = 40;

export class RealPaths {
  readonly #links: ReadonlyMap<string, string>;
  readonly #own: ReadonlySet<string>;

  /** `links`: path → what the link there says. `own`: paths where the sources have a link, or had one. */
  constructor(links: ReadonlyMap<string, string>, own: ReadonlySet<string>) {
    this.#links = links;
    this.#own = own;
  }

  /** Returns where `at` is; `followsLast` follows a link at the path itself too. `seen` gets the paths on the way. */
  find(
    at: string,
    { followsLast, seen }: { readonly followsLast: boolean; readonly seen?: Set<string> },
  ): string {
    if (this.#links.size === 0 && seen === undefined) return at;
    let [done, rest] = ['/', at.split('/').filter(it => it !== '')];
    for (let followed = 0; rest.length > 0 && followed < mostLinks;) {
      const [first = '', ...others] = rest;
      const here = path.posix.join(done, first);
      const target = this.#links.get(here);
      rest = others;
      seen?.add(here);
      const isLast = others.length === 0;
      if (target === undefined || this.#own.has(here) || (isLast && !followsLast)) done = here;
      else {
        followed++;
        rest = [
          ...path.posix
            .resolve(done, target)
            .split('/')
            .filter(it => it !== ''),
          ...others,
        ];
        done = '/';
      }
    }
    return path.posix.join(done, ...rest);
  }

  isOwn(at: string): boolean {
    return this.#own.has(at);
  }

  /** True if a link is on the way to `at`, which `find` returned: a link of the sources that was not followed. */
  isBehindOwnLink(at: string): boolean {
    return this.#links.size > 0 && directoriesOf(at, { withItself: false }).some(it => this.#links.has(it));
  }

  /** True if the container has a link at `at` that did not come from the sources. */
  isForeignLink(at: string): boolean {
    const parent = this.find(path.posix.dirname(at), { followsLast: true });
    const here = path.posix.join(parent, path.posix.basename(at));
    return this.#links.has(here) && !this.#own.has(here);
  }
}

/** Returns `/a` and `/a/b` for `/a/b/c`; with `withItself` also `/a/b/c`. */
export function directoriesOf(at: string, { withItself }: { readonly withItself: boolean }): string[] {
  const parts = at.split('/');
  const paths = parts.flatMap((_, i) => (i < 2 ? [] : [parts.slice(0, i).join('/')]));
  return withItself && at !== '/' ? [...paths, at] : paths;
}
