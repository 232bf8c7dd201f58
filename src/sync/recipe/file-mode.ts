/** Applies modes as chmod does. */

const octal = /^[0-7]{1,4}$/;
const clause = /^([ugoa]*)([+=-])([rwxX]*)$/;

/** True for a mode that `changeMode` knows: `755`, `+x`, `u=rwx,go-w`. */
export const isModeChange = (text: string): boolean =>
  octal.test(text) || (text !== '' && text.split(',').every(it => clause.test(it)));

const shifts = { u: 6, g: 3, o: 0 } as const;

/** Returns what `chmod change` makes of `mode`, under the umask of a build (022). */
export function changeMode(
  mode: number,
  change: string,
  { isDirectory }: { readonly isDirectory: boolean },
): number {
  if (octal.test(change)) return Number.parseInt(change, 8);
  return change.split(',').reduce((before, part) => {
    const [, who = '', operator = '', letters = ''] = clause.exec(part) ?? [];
    const isForAll = who === '' || who.includes('a');
    let bits = 0;
    if (letters.includes('r')) bits |= 4;
    if (letters.includes('w')) bits |= 2;
    if (letters.includes('x') || (letters.includes('X') && (isDirectory || (before & 0o111) !== 0)))
      bits |= 1;
    let mask = 0;
    let all = 0;
    for (const [letter, shift] of Object.entries(shifts))
      if (isForAll || who.includes(letter)) {
        mask |= bits << shift;
        all |= 7 << shift;
      }
    // A change without a letter obeys the umask.
    if (who === '') mask &= ~0o022;
    if (operator === '+') return before | mask;
    return operator === '-' ? before & ~mask : (before & ~all) | mask;
  }, mode);
}
