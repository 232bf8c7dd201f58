import type { FlashQuestions } from '../verbs/image/choose-drives.ts';
import { canAsk } from './person.ts';
import { askText, confirm, pickOne } from './prompts.ts';

/** Questions about drives; undefined if no person can be prompted. */
export const drivePrompts = (signal: AbortSignal): FlashQuestions | undefined =>
  canAsk()
    ? {
        pick: choices => pickOne('Which drive?', choices, signal),
        confirm: question => confirm(question, signal),
        type: question => askText(question, signal),
      }
    : undefined;
