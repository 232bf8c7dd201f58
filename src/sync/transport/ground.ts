import { parentOf, rootOf } from './places.ts';
import { word } from './words.ts';

/** What a script has seen to already, so that it is said once an apply. */
export class Ground {
  readonly #roots: readonly string[];
  readonly #checked = new Set<string>();
  readonly #made = new Set<string>();

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /** Lines without which what is in the directory of `path` must not be touched: no link may lead elsewhere. */
  check(path: string): string {
    const [directory, root] = [parentOf(path), rootOf(this.#roots, path)];
    if (this.#checked.has(directory)) return '';
    this.#checked.add(directory);
    return directory === root ? '' : `inside ${word(directory)} ${word(root)}\n`;
  }

  /** As `check`, and the directory is there afterwards. */
  need(path: string): string {
    const directory = parentOf(path);
    const checked = this.check(path);
    if (this.#made.has(directory)) return checked;
    this.#made.add(directory);
    return `${checked}[ -d ${word(directory)} ] || mkdir -p -- ${word(directory)}\n`;
  }

  isMade(path: string): void {
    this.#made.add(path);
  }
}

/** `user` alone means a group of the same number, as COPY has it. */
function chown(owner: string, what: string, flags: string): string {
  const [user = '', group] = owner.split(':');
  const whose = group === undefined ? `${word(user)}:"$(id -u ${word(user)})"` : word(owner);
  return `chown ${flags} ${/^\d+$/.test(owner) ? `${owner}:${owner}` : whose} ${what}\n`;
}

/** A line that gives `what` (words) to its owner; none where that is root. */
export const owned = (owner: string | undefined, what: string, flags = '-h'): string =>
  owner === undefined ? '' : chown(owner, what, flags);
