import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, utimes } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { formatBytes } from '../../core/units.ts';
import { explainFileFailure } from '../../state/file-failure.ts';
import { openLock } from '../../state/lock.ts';
import { readArchives, readSuite } from './apt-archives.ts';
import type { EmulatorContext } from '../place.ts';
import { step } from '../place.ts';
import { buildBase, finishRootfs } from './rootfs-build.ts';
import type { Manifest } from './rootfs-manifest.ts';
import { readIntactManifest, manifestOf, treeOf, writeManifest } from './rootfs-manifest.ts';
import type { Recipe } from './rootfs-recipe.ts';
import { readRecipe } from './rootfs-recipe.ts';
import { runTool } from '../machine/tool.ts';

const removeTree = (directory: string): Promise<string> =>
  runTool('rm', ['-rf', '--one-file-system', '--', directory]);

const replacedSuffix = /\.[0-9a-f]{8}\.replaced$/;

/** True if a running device has its root in `directory`, or in a former directory of that name. */
async function isInUse(directory: string): Promise<boolean> {
  const root = treeOf(directory.replace(replacedSuffix, ''));
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.some(line => line.includes(`--directory=${root}\0`));
}

/** Removes a damaged `directory`; one that running devices have their root in is moved aside, and removed later. */
async function clearWay(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  if (await isInUse(directory))
    await rename(directory, `${directory}.${randomBytes(4).toString('hex')}.replaced`);
  else await removeTree(directory);
}

/** Creates `directory` atomically: `fill` works on a temporary one, which is then renamed. */
async function replaceStage(directory: string, fill: (root: string) => Promise<void>): Promise<Manifest> {
  const staged = `${directory}.${randomBytes(4).toString('hex')}.new`;
  await mkdir(staged, { recursive: true, mode: 0o755 });
  try {
    await fill(treeOf(staged));
    const manifest = await writeManifest(staged);
    await clearWay(directory);
    await rename(staged, directory);
    return manifest;
  } finally {
    await removeTree(staged);
  }
}

/** Another version of the program may be about to boot from a stage that this one does not use: recent ones are kept. */
const staleAfterMs = 3_600_000;

async function isStale(directory: string): Promise<boolean> {
  if (directory.endsWith('.new')) return true;
  const used = await stat(manifestOf(directory)).catch(() => undefined);
  const isLatelyUsed = used !== undefined && Date.now() - used.mtimeMs < staleAfterMs;
  return !isLatelyUsed && !(await isInUse(directory));
}

/** Removes stages of other recipes and remains of killed builds. The lock must be held. */
async function removeStale(cache: string, recipe: Recipe): Promise<void> {
  const names = (await readdir(cache)).filter(name => /^(base|rootfs)-/.test(name));
  for (const name of names) {
    if (name === recipe.base || name === recipe.finished) continue;
    const directory = path.join(cache, name);
    if (await isStale(directory)) await removeTree(directory);
  }
}

/** Finds a whole stage and marks it as used now. */
async function findUsable(directory: string): Promise<Manifest | undefined> {
  const manifest = await readIntactManifest(directory);
  if (manifest !== undefined) await utimes(manifestOf(directory), new Date(), new Date());
  return manifest;
}

async function makeBase(context: EmulatorContext, directory: string): Promise<void> {
  const what = 'packages of the root file system';
  const work = async (): Promise<string> => {
    const archives = await readArchives(context.signal);
    const manifest = await replaceStage(directory, root =>
      buildBase(context, archives, root, detail => context.report({ type: 'progress', what, detail })),
    );
    return formatBytes(manifest.sizeBytes);
  };
  await step(context, what, work, "made once of this machine's own package archives: about a minute, 500 MB");
}

/** Returns the root file system that all devices share; builds it when it is missing, out of date or damaged. */
export async function ensureRootfs(context: EmulatorContext): Promise<string> {
  const { place, signal } = context;
  const cache = path.join(place.cacheDirectory, 'emulator');
  await mkdir(cache, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    throw explainFileFailure(error, 'write', cache);
  });
  const recipe = await readRecipe(place, await readSuite());
  const finished = path.join(cache, recipe.finished);
  const base = path.join(cache, recipe.base);
  await step(context, 'root file system', async () => {
    const cached = await findUsable(finished);
    if (cached !== undefined) return `cached, ${formatBytes(cached.sizeBytes)}`;
    const lock = path.join(cache, 'rootfs.lock');
    const what = 'the root file system of emulated devices';
    await using _lock = await openLock(lock, { what, waitMs: 900_000, signal });
    const madeMeanwhile = await findUsable(finished);
    if (madeMeanwhile !== undefined) return `cached, ${formatBytes(madeMeanwhile.sizeBytes)}`;
    if ((await findUsable(base)) === undefined) await makeBase(context, base);
    const manifest = await replaceStage(finished, root => finishRootfs(context, treeOf(base), root));
    await removeStale(cache, recipe);
    return `made, ${formatBytes(manifest.sizeBytes)}`;
  });
  return treeOf(finished);
}
