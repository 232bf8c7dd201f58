/**
 * Computes the layer after which the image equals the result of a full build. Throws NextWay if that is not certain.
 */
import path from 'node:path';
import type { ContextEntry } from '../../../project/context/entry.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { SeenPaths } from '../build-memory.ts';
import type { DeltaPlan } from './choose-way.ts';
import {
  compareCopied,
  leadsThroughLink,
  listCopiedFiles,
  type CopiedChanges,
  type CopiedFiles,
} from './copied-files.ts';
import type { DirectoryMode, LayerSource } from './layer.ts';
import { openImageFiles, type ImageFiles, type LookingEngine } from './look-at-image.ts';
import { NextWay } from './next-way.ts';
import type { StageStart } from './plan-stages.ts';
import type { PlainCopy } from './plain-copy.ts';
import type { ReadCopies } from './read-copies.ts';
import { openSeenFiles, seenAfterLayer } from './seen-paths.ts';

/** Upper limit of paths to read from the image; each costs a request. */
const mostPaths = 2000;

type LayerStart = Extract<StageStart, { readonly from: 'layer' }>;

interface LayerRequest {
  readonly project: string;
  readonly recipe: BuildRecipe;
  readonly plan: DeltaPlan;
  readonly read: ReadCopies;
  readonly start: LayerStart;
  /** Paths that the image declares as volumes. */
  readonly volumes: readonly string[];
  /** Known paths of the image that gets the layer. */
  readonly known: SeenPaths;
  readonly signal: AbortSignal;
}

const isAtOrBelow = (at: string, top: string): boolean =>
  top === '/' || at === top || at.startsWith(`${top}/`);

const ancestorsOf = (at: string): string[] => {
  const parent = path.posix.dirname(at);
  return parent === '/' ? [] : [...ancestorsOf(parent), parent];
};

/** The COPYs of the context between the first and the last step of the run. */
const copiesOf = ({ start, read }: LayerRequest): PlainCopy[] =>
  [...read.copies]
    .filter(([place]) => place >= start.first && place <= start.after)
    .sort(([a], [b]) => a - b)
    .map(([, copy]) => copy);

/** A layer, and the known paths of the image that will have it. */
export interface PlannedLayer {
  readonly source: LayerSource;
  readonly seen: SeenPaths;
}

/** Undefined if nothing changes. */
export async function planLayer(
  engine: LookingEngine,
  request: LayerRequest,
): Promise<PlannedLayer | undefined> {
  const { plan, recipe, start, project, known, signal } = request;
  const entries = new Map(recipe.context.entries.map(entry => [entry.name, entry]));
  const copies = copiesOf(request);
  const look = { image: start.image, project, signal };
  await using image = openSeenFiles(known, () => openImageFiles(engine, look));
  const directories = await findDirectories(copies, plan, image);
  const { before, now } = listBoth(copies, plan, entries, directories);
  const changes = compareCopied(before, now);
  const paths = [...changes.written.keys(), ...changes.removed];
  if (paths.length === 0) return undefined;
  if (paths.length > mostPaths) throw new NextWay(`more than ${mostPaths.toString()} files changed`);
  checkOtherSteps(request, paths, changes);
  const modes = await readDirectories(paths, { changes, now, image });
  await checkPaths(changes, image);
  if (changes.uncovered.length > 0) {
    await using below = await openImageFiles(engine, { image: start.before, project, signal });
    for (const at of changes.uncovered)
      if ((await below.stat(at)) !== undefined) throw new NextWay(`the image has a file of its own at ${at}`);
  }
  const source = { changes, entries, directories: modes };
  return { source, seen: seenAfterLayer(image.seen, source) };
}

/** Returns the destinations that are directories in the image, if their spelling does not show it. */
async function findDirectories(
  copies: readonly PlainCopy[],
  { contents }: DeltaPlan,
  image: ImageFiles,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { destination, isIntoDirectory, sources } of copies) {
    if (isIntoDirectory || !sources.some(source => contents.copied.has(source))) continue;
    const there = await image.stat(destination);
    if (there?.kind === 'symlink') throw new NextWay(`${destination} is a link in the image`);
    if (there?.kind === 'directory') found.add(destination);
  }
  return found;
}

function listBoth(
  copies: readonly PlainCopy[],
  { contents, former }: DeltaPlan,
  entries: ReadonlyMap<string, ContextEntry>,
  directories: ReadonlySet<string>,
): { readonly before: CopiedFiles; readonly now: CopiedFiles } {
  const isCopied = (name: string): boolean => contents.copied.has(name) || !contents.entries.has(name);
  const formerCopied = new Map([...former.entries].filter(([name]) => isCopied(name)));
  const links = new Set([...entries.values()].filter(it => it.type === 'symlink').map(it => it.name));
  if (copies.some(({ sources }) => sources.some(source => leadsThroughLink(source, links))))
    throw new NextWay('a COPY names a link of the context');
  const isDirectory = (at: string): boolean => directories.has(at);
  const before = listCopiedFiles(copies, { entries: formerCopied, links: new Set(), isDirectory });
  const now = listCopiedFiles(copies, { entries: contents.copied, links, isDirectory });
  if (before === undefined || now === undefined)
    throw new NextWay('only the builder can tell where a COPY puts its files');
  return { before, now };
}

/** Other steps of the run must have nothing to do with the paths. */
function checkOtherSteps(
  { plan, recipe, read, start, volumes }: LayerRequest,
  paths: readonly string[],
  { uncovered }: CopiedChanges,
): void {
  const volume = volumes.find(it => paths.some(at => isAtOrBelow(at, it)));
  if (volume !== undefined) throw new NextWay(`${volume} is a volume of the image`);
  for (const place of start.former.keys()) {
    if (place > start.after) continue;
    const step = recipe.steps[place];
    const instruction = plan.parsed.instructions[place];
    if (step?.keyword === 'WORKDIR') {
      const directory = read.workingDirectories.get(place) ?? '/';
      if (uncovered.some(at => isAtOrBelow(directory, at)))
        throw new NextWay(`${directory} is a working directory`);
    }
    if (step?.from === undefined || instruction === undefined) continue;
    // The files of COPY --from are unknown, so its destination has to be elsewhere.
    const written = instruction.words.at(-1) ?? '';
    if (/[$"'`\\]/.test(written)) throw new NextWay(`only the builder can tell where ${step.text} leads`);
    const at = path.posix.resolve('/', read.workingDirectories.get(place) ?? '/', written);
    if (paths.some(it => isAtOrBelow(it, at) || isAtOrBelow(at, it)))
      throw new NextWay(`${step.text} writes to the same place`);
  }
}

/** The directories above the paths, with the modes that they have. A link on the way is followed by the builder alone. */
async function readDirectories(
  paths: readonly string[],
  {
    changes,
    now,
    image,
  }: { readonly changes: CopiedChanges; readonly now: CopiedFiles; readonly image: ImageFiles },
): Promise<Map<string, DirectoryMode>> {
  const modes = new Map<string, DirectoryMode>();
  const all = new Set(paths.flatMap(ancestorsOf));
  for (const at of [...all].sort((a, b) => a.length - b.length)) {
    const there = await image.stat(at);
    const copied = now.get(at);
    if (there === undefined && changes.written.get(at)?.isDirectory === true) continue;
    if (there?.kind !== 'directory') throw new NextWay(`${at} is no directory in the image`);
    const mode =
      copied?.isDirectory === true
        ? { mode: 0o755, uid: copied.uid, gid: copied.gid }
        : await image.readMode(at);
    if (mode === undefined) throw new NextWay(`the mode of ${at} cannot be read`);
    modes.set(at, mode);
  }
  return modes;
}

async function checkPaths({ written, added }: CopiedChanges, image: ImageFiles): Promise<void> {
  for (const [at, { isDirectory, isNamed }] of written) {
    if (!added.has(at) && !isNamed) continue;
    const there = await image.stat(at);
    if (there === undefined) continue;
    if (there.kind === 'symlink') throw new NextWay(`${at} is a link in the image`);
    if ((there.kind === 'directory') !== isDirectory)
      throw new NextWay(`${at} is something else in the image`);
  }
}
