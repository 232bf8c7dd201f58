import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import { errnoOf, OsError } from '../core/errors.ts';
import { readFileIfPresent } from './atomic-file.ts';
import { explainFileFailure } from './file-failure.ts';
import { isInOtherSpace, isProcessAlive, processIdentity, readProcessSpace } from './process-identity.ts';

export interface LockOptions {
  /** Name of the guarded resource, for the message of `busy`. */
  readonly what: string;
  readonly waitMs: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Awaited after the holder was found dead, before its claim is removed. */
  readonly onDead?: () => Promise<void>;
}

/** The number of this process's pid namespace, in which its own number counts; `''` if the system does not report it. */
const namespaceNumber = (): string => /\[(\d+)\]$/.exec(readProcessSpace() ?? '')?.[1] ?? '';

/** A name beside `file` that tells which process uses it, before anything is in it: one that is killed leaves it. */
function besides(file: string): string {
  const { pid, startTicks } = processIdentity(process.pid);
  const identity = `${pid.toString()}-${startTicks ?? ''}-${namespaceNumber()}`;
  return `${file}.${identity}-${randomBytes(6).toString('hex')}`;
}

/** Removes what processes that were killed have left beside `file`; earlier versions left names without a namespace. */
async function removeLeft(file: string, claim: string): Promise<void> {
  const { boot } = processIdentity(process.pid);
  const directory = path.dirname(file);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${path.basename(file)}.`)) continue;
    const end = name.slice(path.basename(file).length);
    if (/^(?:\.dead-[0-9a-f]{12})+$/.test(end)) await removeIfDead(path.join(directory, name), claim);
    const match = /^\.(\d+)-(\d*)(?:-(\d*))?-[0-9a-f]{12}$/.exec(end);
    if (match === null) continue;
    const [, pid, startTicks, namespace] = match;
    if (namespace !== undefined && namespace !== namespaceNumber()) continue;
    const holder = { pid: Number(pid), boot, startTicks: startTicks === '' ? null : startTicks };
    if (!isProcessAlive(holder)) await rm(path.join(directory, name), { force: true });
  }
}

/** Creates `file` whole, with the text `claim` in it; false when it exists, or another machine has removed what was staged. */
async function tryClaim(file: string, claim: string): Promise<boolean> {
  const staged = besides(file);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    // On a full disk it exists although it could not be written.
    await writeFile(staged, claim, { flag: 'wx', mode: 0o600 });
    await link(staged, file);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOENT') throw error;
    return false;
  } finally {
    await rm(staged, { force: true });
  }
}

/** Others may take the lock between two looks at it; more often than this in a row they do not. */
const mostAttempts = 100;

/** Removes `claim` from `file`, and no other: one that another process has put there is not ours to remove. */
async function release(file: string, claim: string): Promise<void> {
  if ((await readFileIfPresent(file)) === claim) await rm(file, { force: true });
}

function isAliveClaim(claim: string): boolean {
  try {
    const holder: unknown = JSON.parse(claim);
    return isInOtherSpace(holder) || isProcessAlive(holder);
  } catch {
    return false;
  }
}

/** Returns what a person can do while another process has the lock: one of another container is never known to be dead. */
async function hintWhileHeld(file: string): Promise<string> {
  const wait = 'wait for it to end, then try again';
  try {
    if (!isInOtherSpace(JSON.parse((await readFileIfPresent(file)) ?? ''))) return wait;
  } catch {
    return wait;
  }
  return `${wait}; it runs in another container or outside of this one: only if that is gone, remove ${file}`;
}

/** The file whose creator alone may remove `claim` from `file`. A claim never comes again, so a late creator removes nothing. */
const rightToRemove = (file: string, claim: string): string =>
  `${file}.dead-${createHash('sha256').update(claim).digest('hex').slice(0, 12)}`;

/**
 * Removes the claim of a dead process; false if the process is alive. Never touches another claim, however many processes
 * find the same dead one.
 */
async function removeIfDead(
  file: string,
  claim: string,
  options: Pick<LockOptions, 'onDead'> = {},
): Promise<boolean> {
  const found = await readFileIfPresent(file);
  if (found === undefined) return true;
  if (isAliveClaim(found)) return false;
  await options.onDead?.();
  const right = rightToRemove(file, found);
  // Where another process has the right, it removes the claim; if it is dead too, its right is what has to go first.
  if (!(await tryClaim(right, claim))) return removeIfDead(right, claim);
  try {
    await release(file, found);
  } finally {
    await release(right, claim);
  }
  return true;
}

/**
 * Takes the lock `file` for this process until disposed; takes over a lock whose holder has died. Waits up to `waitMs`,
 * then throws OsError `busy` naming `what`; `state-unusable` if no file can be created there.
 */
export async function openLock(file: string, options: LockOptions): Promise<AsyncDisposable> {
  const clock = options.clock ?? systemClock;
  const deadlineMs = clock.nowMs() + options.waitMs;
  // The nonce distinguishes this lock from a later one of the same process.
  const claim = JSON.stringify({
    ...processIdentity(process.pid),
    space: readProcessSpace(),
    nonce: randomBytes(6).toString('hex'),
  });
  const isTaken = (): Promise<boolean> =>
    tryClaim(file, claim).catch((error: unknown) => {
      throw explainFileFailure(error, 'write', path.dirname(file));
    });
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    if (await isTaken()) {
      await removeLeft(file, claim).catch(() => undefined);
      return { [Symbol.asyncDispose]: () => release(file, claim) };
    }
    if ((await removeIfDead(file, claim, options)) && attempt < mostAttempts) continue;
    if (clock.nowMs() >= deadlineMs)
      throw new OsError('busy', `another os command is working on ${options.what}`, {
        hint: await hintWhileHeld(file),
      });
    await clock.sleep(20, options.signal);
  }
}
