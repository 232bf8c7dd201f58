/**
 * A file that a COPY put over one of the image comes to light when it is removed. The container itself no longer has the
 * covered one, so the image of the step before the COPY is asked, by way of a container that is never started.
 */
import path from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import type { HistoryEntry } from '../../engine/objects.ts';
import { openImageFiles, type LookingEngine } from '../../release/build/delta/look-at-image.ts';
import type { Uncovered } from '../decide/plan-batch.ts';

/** The builder writes `COPY` behind the shell and a marker, BuildKit writes it alone. */
const isCopy = ({ createdBy }: HistoryEntry): boolean => /(?:^|#\(nop\)\s+)(?:COPY|ADD)\s/.test(createdBy);

export type ImageBefore =
  | { readonly kind: 'image'; readonly id: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' };

/** Returns the image that a COPY with so many after it was applied to. `history` begins with the newest step. */
export function findImageBefore(
  history: readonly HistoryEntry[],
  copiesAfter: number | 'unknown',
): ImageBefore {
  if (copiesAfter === 'unknown') return { kind: 'unknown' };
  const copies = [...history.entries()].filter(([, entry]) => isCopy(entry));
  const at = copies[copiesAfter]?.[0];
  if (at === undefined) return { kind: 'unknown' };
  const before = history[at + 1];
  if (before === undefined) return { kind: 'nothing' };
  return before.id === undefined ? { kind: 'unknown' } : { kind: 'image', id: before.id };
}

/** Returns why the service has to be built for the removal of one of `uncovered`; undefined if it need not be. */
export async function findCovered(
  engine: LookingEngine & Pick<Engine, 'readHistory'>,
  { imageId, project }: { readonly imageId: string; readonly project: string },
  uncovered: readonly Uncovered[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (uncovered.length === 0) return undefined;
  const history = await engine.readHistory(imageId, signal);
  for (const copiesAfter of new Set(uncovered.map(it => it.copiesAfter))) {
    const some = uncovered.filter(it => it.copiesAfter === copiesAfter);
    const before = findImageBefore(history, copiesAfter);
    if (before.kind === 'nothing') continue;
    if (before.kind === 'unknown')
      return `${some[0]?.name ?? ''} is gone, and only a build tells whether the image has another file there`;
    const found = await findFirst(engine, { imageId: before.id, project }, some, signal);
    if (found !== undefined)
      return `${found.name} is gone, and the image has a file or directory of its own at ${found.path}`;
  }
  return undefined;
}

async function findFirst(
  engine: LookingEngine,
  { imageId, project }: { readonly imageId: string; readonly project: string },
  uncovered: readonly Uncovered[],
  signal: AbortSignal,
): Promise<Uncovered | undefined> {
  await using image = await openImageFiles(engine, { image: imageId, project, signal });
  const known = new Map<string, boolean>([['/', true]]);
  const isThere = async (at: string): Promise<boolean> => {
    const found = known.get(at);
    if (found !== undefined) return found;
    // Nothing is below what is not there, so a removed tree takes one question.
    const answer = (await isThere(path.posix.dirname(at))) && (await image.stat(at)) !== undefined;
    known.set(at, answer);
    return answer;
  };
  for (const it of uncovered) if (await isThere(it.path)) return it;
  return undefined;
}
