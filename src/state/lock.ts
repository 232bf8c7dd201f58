import { randomBytes } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import { errnoOf, OsError } from '../core/errors.ts';
import { readFileIfPresent } from './atomic-file.ts';
import { explainFileFailure } from './file-failure.ts';
import { isProcessAlive, processIdentity } from './process-identity.ts';

export interface LockOptions {
  /** What the lock guards, for the message of `busy`. */
  what: string;
  waitMs: number;
  signal?: AbortSignal;
  clock?: Clock;
}

const besides = (file: string): string => `${file}.${randomBytes(6).toString('hex')}`;

/** Creates `file` whole, with this process's claim in it; false when it exists. */
async function tryClaim(file: string): Promise<boolean> {
  const staged = besides(file);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(staged, JSON.stringify(processIdentity(process.pid)), { flag: 'wx', mode: 0o600 });
  try {
    await link(staged, file);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(staged, { force: true });
  }
}

function isAliveClaim(claim: string): boolean {
  try {
    return isProcessAlive(JSON.parse(claim));
  } catch {
    return false;
  }
}

/** Removes the claim of a dead process. Moved aside first, so that a claim made meanwhile is seen and put back. */
async function removeIfDead(file: string): Promise<boolean> {
  const claim = await readFileIfPresent(file);
  if (claim === undefined) return true;
  if (isAliveClaim(claim)) return false;
  const aside = besides(file);
  try {
    await rename(file, aside);
    if ((await readFileIfPresent(aside)) !== claim) await link(aside, file);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'EEXIST') throw error;
  }
  await rm(aside, { force: true });
  return true;
}

/**
 * Takes the lock `file` for this process until disposed; a lock whose holder has died is taken over.
 * Waits up to `waitMs`, then throws OsError `busy` naming `what`; `state-unusable` where no file can be made there.
 */
export async function openLock(file: string, options: LockOptions): Promise<AsyncDisposable> {
  const clock = options.clock ?? systemClock;
  const deadlineMs = clock.nowMs() + options.waitMs;
  const claim = (): Promise<boolean> =>
    tryClaim(file).catch((error: unknown) => {
      throw explainFileFailure(error, 'write', path.dirname(file));
    });
  for (;;) {
    options.signal?.throwIfAborted();
    if (await claim()) return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    if (await removeIfDead(file)) continue;
    if (clock.nowMs() >= deadlineMs)
      throw new OsError('busy', `another os command is working on ${options.what}`, {
        hint: 'wait for it to end, then try again',
      });
    await clock.sleep(20, options.signal);
  }
}
