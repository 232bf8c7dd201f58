import { OsError } from '../../core/errors.ts';
import { canAsk, isAtTerminal } from './person.ts';
import { askText } from './prompts.ts';

export interface Confirmation {
  /** The consequence, as a sentence. */
  readonly warning: string;
  /** The word that the person types to agree. */
  readonly word: string;
  /** True if `--yes` was given. */
  readonly isAgreed: boolean;
  readonly signal: AbortSignal;
}

/**
 * Returns once the person has typed the word. Throws OsError `usage` without a terminal and on several devices, `interrupted` on
 * another word.
 */
export async function confirmTyped({ warning, word, isAgreed, signal }: Confirmation): Promise<void> {
  if (isAgreed) return;
  if (!canAsk())
    throw new OsError('usage', `${warning}: confirm it`, {
      // `--all --yes` would also agree to devices that only the next scan finds, so the hint does not lead to it.
      hint: isAtTerminal()
        ? 'several devices are not confirmed one by one: name each of them, and give --yes'
        : 'give --yes where nobody can be asked',
    });
  const typed = await askText(`${warning}. Type ${word} to go on:`, signal);
  if (typed.trim() !== word)
    throw new OsError('interrupted', 'nothing was changed', { hint: 'nothing was changed' });
}

export interface UsedConnection extends Pick<Confirmation, 'isAgreed' | 'signal'> {
  readonly interfaceName: string;
  readonly deviceName: string;
}

/** Confirms a change of the connection `name` that is in use. Throws as `confirmTyped`. */
export const confirmUsed = (
  name: string,
  { interfaceName, deviceName, isAgreed, signal }: UsedConnection,
): Promise<void> =>
  confirmTyped({
    warning: `${name} is in use on ${interfaceName} of ${deviceName}, perhaps by this very connection`,
    word: name,
    isAgreed,
    signal,
  });
