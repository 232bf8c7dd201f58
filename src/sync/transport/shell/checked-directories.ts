import type { FileChange } from '../change.ts';
import { parentOf } from '../mount-points.ts';
import { word } from './words.ts';

/** Records the directories that a script has checked already, so that each is checked once an apply. */
export class CheckedDirectories {
  readonly #checked = new Set<string>();
  readonly #made = new Set<string>();

  /** Lines without which what is in the directory of `path` must not be touched: no link may lead elsewhere. */
  checkParent(path: string): string {
    const directory = parentOf(path);
    if (this.#checked.has(directory)) return '';
    this.#checked.add(directory);
    return directory === '/' ? '' : `inside ${word(directory)}\n`;
  }

  /** Does the same, and makes the directory if it is missing. */
  ensureParent(path: string): string {
    const directory = parentOf(path);
    const checked = this.checkParent(path);
    if (this.#made.has(directory)) return checked;
    this.#made.add(directory);
    return `${checked}[ -d ${word(directory)} ] || mkdir -p -- ${word(directory)}\n`;
  }

  noteMade(path: string): void {
    this.#made.add(path);
  }
}

/** `user` alone means a group of the same number, as COPY has it. */
function chown(owner: string, what: string, flags: string): string {
  const [user = '', group] = owner.split(':');
  const whose = group === undefined ? `${word(user)}:"$(id -u ${word(user)})"` : word(owner);
  return `chown ${flags} ${/^\d+$/.test(owner) ? `${owner}:${owner}` : whose} ${what}\n`;
}

/** Returns the lines that give `what` (words) to its owner; none if that is root. */
export const ownerLines = (
  { owner, ownerChanges = [] }: Pick<FileChange, 'owner' | 'ownerChanges'>,
  what: string,
  flags = '-h',
): string =>
  (owner === undefined ? '' : chown(owner, what, flags)) +
  ownerChanges.map(({ program, value }) => `${program} ${flags} ${word(value)} ${what}\n`).join('');
